using System.Diagnostics.Metrics;
using Keylime.Attestation.Agents;

namespace Keylime.Verifier.Freshness;

/// <summary>How many agents are stale, in the whole cluster. The verifier that looked last shows it; the others show nothing.</summary>
internal sealed class FreshnessMetrics : IDisposable
{
    public const string MeterName = "Keylime.Verifier.Freshness";

    private readonly Meter _meter;
    private readonly Counter<long> _becameStale;
    private FreshnessReport? _last;

    public FreshnessMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _becameStale = _meter.CreateCounter<long>("keylime.freshness.expired", description: "Deadlines that passed without a good attestation");
        _meter.CreateObservableGauge("keylime.freshness.stale", Observe, description: "Agents that are stale now, of all shards");
    }

    /// <summary>Takes in a sweep. Null: another verifier made it.</summary>
    public void Swept(FreshnessReport? report)
    {
        Volatile.Write(ref _last, report);
        if (report is not null) _becameStale.Add(report.BecameStaleCount);
    }

    /// <summary>The number is not known.</summary>
    public void Forget() => Volatile.Write(ref _last, null);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Observe() => Volatile.Read(ref _last) is { } report ? [new(report.Stale)] : [];
}
