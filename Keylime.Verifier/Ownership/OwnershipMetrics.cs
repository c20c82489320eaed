using System.Diagnostics.Metrics;
using Keylime.Sharding;

namespace Keylime.Verifier.Ownership;

/// <summary>Shards and members as this verifier sees them.</summary>
internal sealed class OwnershipMetrics : IDisposable
{
    public const string MeterName = "Keylime.Verifier.Ownership";

    private static readonly ShardPhase[] Phases = [ShardPhase.Leased, ShardPhase.Owned, ShardPhase.Draining];

    private readonly Meter _meter;
    private readonly Counter<long> _started;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _handedOver;

    public OwnershipMetrics(IMeterFactory meters, ShardOwnership ownership)
    {
        _meter = meters.Create(MeterName);
        _meter.CreateObservableGauge("keylime.ownership.shards", () => Count(ownership), description: "Shards of this verifier, by phase");
        _meter.CreateObservableGauge("keylime.ownership.members", () => ownership.Members.Count, description: "Verifiers that this one sees alive, itself included");
        _started = _meter.CreateCounter<long>("keylime.ownership.started", description: "Shards that were taken up");
        _dropped = _meter.CreateCounter<long>("keylime.ownership.dropped", description: "Shards that were lost to another owner");
        _handedOver = _meter.CreateCounter<long>("keylime.ownership.released", description: "Shards that were given away in order");
    }

    public void Started(int shards) => _started.Add(shards);

    public void Dropped(int shards) => _dropped.Add(shards);

    public void HandedOver(int shards) => _handedOver.Add(shards);

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> Count(ShardOwnership ownership)
    {
        var census = ownership.Census();
        return Phases.Select(phase => new Measurement<int>(census[(int)phase], new KeyValuePair<string, object?>("phase", NameOf(phase))));
    }

    private static string NameOf(ShardPhase phase) => phase switch
    {
        ShardPhase.Leased => "leased",
        ShardPhase.Owned => "owned",
        _ => "draining",
    };
}
