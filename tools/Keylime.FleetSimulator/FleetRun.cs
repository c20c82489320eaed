using Keylime.FleetSimulator.Control;
using Keylime.FleetSimulator.Faults;

namespace Keylime.FleetSimulator;

/// <summary>The program: starts a fleet, tells how it fares, and does what it is told until it is told to stop.</summary>
internal sealed class FleetRun(FleetOptions options, IEventWriter events, TextReader? commands, TimeProvider time)
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_farewell = TimeSpan.FromMinutes(2);

    private readonly long _startedAt = time.GetTimestamp();

    /// <exception cref="FleetException">The fleet could not start.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        await using var fleet = await Fleet.StartAsync(options, time, stop);
        events.Write(new StartedEvent(fleet.Agents.All.Count, options.FirstAddress.ToString(), fleet.Port, options.Seed.Text, Elapsed));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var telling = TellAsync(fleet, ending);
        try
        {
            await fleet.Joiner.JoinAsync(fleet.Agents, ending.Token);
            events.Write(new ReadyEvent(fleet.Agents.All.Count, Elapsed));
            await ObeyAsync(fleet, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested) { }
        finally
        {
            await ending.CancelAsync();
            try { await telling; }
            finally
            {
                if (!options.Keep) await LeaveAsync(fleet);
            }
        }
        events.Write(new StoppedEvent(Elapsed));
    }

    private double Elapsed => time.GetElapsedTime(_startedAt).TotalSeconds;

    private async Task LeaveAsync(Fleet fleet)
    {
        using var limit = new CancellationTokenSource(s_farewell, time);
        try
        {
            if (await fleet.Joiner.LeaveAsync(limit.Token) is { } complaint) events.Write(new ErrorEvent(complaint));
        }
        catch (OperationCanceledException) { events.Write(new ErrorEvent("the verifiers did not let all agents go in time")); }
    }

    /// <summary>Reads commands until one says stop or there are no more; without a source of commands, until the program is stopped.</summary>
    private async Task ObeyAsync(Fleet fleet, CancellationToken stop)
    {
        if (commands is null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stop);
            return;
        }
        var execution = new CommandExecution(fleet.Agents, fleet.Statistics, options.Slowness, events, time);
        // A console's reader waits for a line without looking at the token.
        while (await Task.Run(() => commands.ReadLineAsync(stop).AsTask(), stop).WaitAsync(stop) is { } line)
            if (line.Length > 0 && !execution.Execute(line)) return;
    }

    /// <exception cref="IOException">Nobody can be told any more: the output is on a full disk. The fleet ends then, and takes its leave.</exception>
    private async Task TellAsync(Fleet fleet, CancellationTokenSource ending)
    {
        try { await TellAsync(fleet, ending.Token); }
        catch (IOException)
        {
            await ending.CancelAsync();
            throw;
        }
    }

    private async Task TellAsync(Fleet fleet, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(s_tick, time);
        var (quotes, at) = (0L, time.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                while (fleet.Faults.TryTake(out var injected)) events.Write(new InjectedEvent(injected.Agent.Id.Value, injected.Fault.ToName(), UnixSeconds(injected.At)));
                foreach (var mark in fleet.Statistics.TakeConcluded()) events.Write(new MarkedEvent(mark.Name, mark.Agents, mark.GapSeconds, mark.Missing, mark.Gaps, mark.Returns));
                if (fleet.Joiner.Joined < fleet.Agents.All.Count)
                {
                    events.Write(new JoiningEvent(fleet.Joiner.Joined, fleet.Agents.All.Count));
                    continue;
                }
                var (before, now, since) = (quotes, fleet.Statistics.Quotes, time.GetElapsedTime(at).TotalSeconds);
                (quotes, at) = (now, time.GetTimestamp());
                events.Write(new TickEvent(UnixSeconds(time.GetUtcNow()), now, (now - before) / since, fleet.Statistics.TakeRecent(), fleet.Statistics.Waiting, fleet.Statistics.Refusals));
            }
        }
        catch (OperationCanceledException) { }
    }

    private static double UnixSeconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;
}
