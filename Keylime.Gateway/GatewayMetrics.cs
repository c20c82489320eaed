using System.Diagnostics.Metrics;
using Keylime.Gateway.Backends;

namespace Keylime.Gateway;

/// <summary>What the framework's own request metrics do not say.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Keylime.Gateway";

    private readonly Counter<long> _retries;
    private readonly Counter<long> _refusals;

    public GatewayMetrics(IMeterFactory meters, IReadOnlyList<BackendPool> pools)
    {
        var meter = meters.Create(MeterName);
        _retries = meter.CreateCounter<long>("keylime.gateway.retries", "{attempt}", "Requests handed to a further back end");
        _refusals = meter.CreateCounter<long>("keylime.gateway.refusals", "{request}", "Requests that no back end answered, by status");
        meter.CreateObservableGauge("keylime.gateway.backends", () => pools.Select(pool => new Measurement<int>(pool.LiveCount, Kind(pool.Kind))),
            "{backend}", "Back ends that answer");
    }

    public void Retried(string kind) => _retries.Add(1, Kind(kind));

    public void Refused(string kind, int status) => _refusals.Add(1, Kind(kind), new("status", status));

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);
}
