using System.Diagnostics.Metrics;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>Meters live until they are disposed, and hold on to the loops that they observe: a simulation ends its own.</summary>
internal sealed class Meters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in _meters) meter.Dispose();
    }
}
