using System.Collections.Concurrent;
using Keylime.Client;
using Keylime.FleetSimulator.Agents;
using Keylime.Protocol;

namespace Keylime.FleetSimulator.Joining;

/// <summary>Takes all agents through registration and enrollment, and out again: many at a time, each with some patience for servers that are busy or
/// being restarted.</summary>
internal sealed class Joiner(Registration? registration, Enrollment? enrollment, TimeProvider time)
{
    /// <summary>Agents that are worked on at the same time: enough to keep a few servers busy, and few enough not to look like an attack.</summary>
    public const int AtOnce = 32;

    private const int MaxTries = 8;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(250);

    // Agents that a verifier may know: also those of whose enrollment no answer came.
    private readonly ConcurrentDictionary<SimulatedAgent, bool> _enrolled = new();
    private int _joined;

    /// <summary>Agents that are done.</summary>
    public int Joined => Volatile.Read(ref _joined);

    /// <exception cref="FleetException">The first agent that a server refuses for good.</exception>
    public async Task JoinAsync(AgentPopulation agents, CancellationToken ct)
    {
        if (registration is not null) await registration.NegotiateAsync(ct);
        if (enrollment is not null) await enrollment.PrepareAsync(ct);
        await Parallel.ForEachAsync(agents.All, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (agent, stop) =>
        {
            if (registration is not null) await TryAsync($"registration of {agent.Id}", () => registration.RegisterAsync(agent, stop), stop);
            if (enrollment is not null)
            {
                _enrolled[agent] = true;
                await TryAsync($"enrollment of {agent.Id}", () => enrollment.EnrollAsync(agent, stop), stop);
            }
            Interlocked.Increment(ref _joined);
        });
    }

    /// <summary>Takes the agents and their policy from the verifiers.</summary>
    /// <returns>What could not be removed, in a sentence; null when nothing is left.</returns>
    public async Task<string?> LeaveAsync(CancellationToken ct)
    {
        if (enrollment is null || _enrolled.IsEmpty) return null;
        var left = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(_enrolled.Keys, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (agent, stop) =>
        {
            var removed = await enrollment.RemoveAsync(agent, stop);
            if (!removed.IsGood) left.Enqueue($"{agent.Id}: {removed}");
        });
        if (left.TryPeek(out var first)) return $"{left.Count} agents are not removed from the verifiers, one of them {first}";
        var policy = await enrollment.RemovePolicyAsync(ct);
        return policy.IsGood ? null : $"the runtime policy is not removed: {policy}";
    }

    private async Task TryAsync(string what, Func<Task<Answer<Nothing>>> attempt, CancellationToken ct)
    {
        var pause = s_firstPause;
        for (var tries = 1; ; tries++, pause *= 2)
        {
            var outcome = await attempt();
            if (outcome.IsGood) return;
            if (tries == MaxTries || !MayPass(outcome)) throw new FleetException($"{what} failed: {outcome}");
            await Task.Delay(pause * (1 + Random.Shared.NextDouble()), time, ct);
        }
    }

    private static bool MayPass(Answer<Nothing> outcome) => outcome.Fault == Client.Fault.Transport || outcome.Status is 408 or 429 or >= 500;
}
