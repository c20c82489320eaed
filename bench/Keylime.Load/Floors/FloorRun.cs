using System.Globalization;
using Keylime.Load.Fleet;
using Keylime.Load.Running;

namespace Keylime.Load.Floors;

/// <summary>Measures what an attestation cannot cost less than, with a fleet of its own: a bare request, and a bare signature check.</summary>
internal sealed class FloorRun(FleetSettings settings, string folder, RunJournal journal)
{
    public async Task<(TimeSpan Tls, TimeSpan Signature)> RunAsync(CancellationToken cancellationToken)
    {
        journal.Phase("measuring bare requests and signature checks");
        await using var fleet = FleetProcess.Start(settings, Path.Combine(folder, "floor.log"));
        await fleet.WaitAsync(told => told.Event == "ready", TimeSpan.FromSeconds(60), cancellationToken);
        if (fleet.Started?.Addresses(settings.Agents) is not { Count: > 0 } addresses) throw new LoadException("the fleet names no addresses");
        var (tls, bytes) = await TlsFloor.MeasureAsync(addresses, settings.TlsDirectory, cancellationToken);
        var signature = SignatureFloor.Measure();
        journal.Note(string.Create(CultureInfo.InvariantCulture,
            $"a bare mTLS GET of {bytes} bytes costs {tls.TotalMilliseconds:0.000} ms CPU, a P-256 check {signature.TotalMilliseconds:0.000} ms"));
        return (tls, signature);
    }
}
