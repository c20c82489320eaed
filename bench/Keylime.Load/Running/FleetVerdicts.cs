using System.Diagnostics;
using Keylime.Load.Cluster;
using Keylime.Load.Fleet;
using Keylime.Load.Injection;
using Keylime.Load.Options;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Load.Running;

/// <summary>What the verifiers say of the fleet, before the measurement and after it.</summary>
internal sealed class FleetVerdicts(LoadOptions options, OperatorConnection api, FleetProcess fleet)
{
    /// <summary>How long the fleet may take for an answer.</summary>
    public static readonly TimeSpan ReportPatience = TimeSpan.FromMinutes(2);

    /// <summary>How many agents are asked for one by one whether they are attested: the whole list would cost the verifiers memory that is about to be measured.</summary>
    private const int AttestedSample = 100;

    /// <summary>How long, after everything is well again, a failure may take to be shown: the agent's next turn, a take-over, and a flush.</summary>
    private TimeSpan VerdictPatience => TimeSpan.FromMinutes(2) + options.Interval * 5;

    /// <summary>Waits until the verifiers believe all agents; a failure before the measurement ends the run.</summary>
    public async Task WaitUntilAttestedAsync(Random chance, CancellationToken cancellationToken)
    {
        var patience = TimeSpan.FromMinutes(4) + options.Interval * 3;
        await fleet.WaitAsync(told => told is { Event: "tick", Waiting: 0 }, patience, cancellationToken);
        var ids = (await fleet.AskAsync(new("list"), told => told.Event == "agents", ReportPatience, cancellationToken)).Ids ?? [];
        var some = ids.ToArray();
        chance.Shuffle(some);
        var clock = Stopwatch.StartNew();
        foreach (var agent in some.Take(AttestedSample))
            while (true)
            {
                var state = await api.FindAsync(agent, cancellationToken);
                if (state?.TrustState == TrustState.Attested) break;
                if (state?.TrustState == TrustState.Failed) throw new LoadException($"agent {agent} has failed before the measurement: {state.Reason}");
                if (clock.Elapsed > patience) throw new LoadException($"agent {agent} is {state?.TrustState ?? "unknown"} and does not become attested");
                await Task.Delay(200, cancellationToken);
            }
    }

    /// <summary>Reads the states until all injected failures are shown, and once more after every agent had its turn again.</summary>
    public async Task<(IReadOnlyDictionary<string, VerifierAgentResponse> States, IReadOnlyList<string> Lost, long Quotes)> JudgeAsync(InjectedFailures injected, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var confirmed = false;
        while (true)
        {
            // The fleet's count of a moment before: the verifiers' is as old, for they write once a flush period.
            var quotes = fleet.LastTick?.Quotes ?? 0;
            var states = await api.ListAsync(cancellationToken);
            if (states is not null)
            {
                injected.Look(states);
                var lost = injected.FindLost(states);
                if (injected.Count == 0 || confirmed || clock.Elapsed > VerdictPatience) return (states, lost, quotes);
                if (lost.Count == 0)
                {
                    confirmed = true;
                    await Task.Delay(options.Interval * 2, cancellationToken);
                    continue;
                }
            }
            else if (clock.Elapsed > VerdictPatience + ReportPatience)
            {
                throw new LoadException("the verifiers do not answer after the measurement");
            }
            await Task.Delay(1000, cancellationToken);
        }
    }
}
