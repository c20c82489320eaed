using System.Diagnostics;
using Keylime.Load.Fleet;

namespace Keylime.Load.Injection;

/// <summary>Orders false evidence, evenly over the run, of each kind in turn.</summary>
internal sealed class InjectionRun(FleetProcess fleet, int failures)
{
    public static readonly IReadOnlyList<string> Faults = ["bad-signature", "wrong-nonce", "tampered-entry"];

    public async Task RunAsync(TimeSpan duration, Stopwatch clock, CancellationToken cancellationToken)
    {
        for (var i = 0; i < failures; i++)
        {
            var due = duration * (i + 0.5) / failures;
            if (due > clock.Elapsed) await Task.Delay(due - clock.Elapsed, cancellationToken);
            await fleet.SendAsync(new("inject") { Fault = Faults[i % Faults.Count], Count = 1 }, cancellationToken);
        }
    }
}
