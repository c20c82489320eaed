using System.Diagnostics;
using Keylime.Load.Cluster;
using Keylime.Load.Counters;
using Keylime.Load.Fleet;
using Keylime.Load.Processes;

namespace Keylime.Load.Running;

/// <summary>Looks at everything from outside, once a second: processes through /proc, servers through their own counters, agents through the fleet's clock.</summary>
internal sealed class Sampler
{
    public const string Fleet = "fleet";
    public const string Measuring = "load";
    public const string AppHost = "apphost";
    private const string Postgres = "postgres";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    /// <summary>Servers' counters are read only so often: reading them is work for the servers.</summary>
    private const int SamplesPerCount = 5;

    private readonly LocalCluster _cluster;
    private readonly FleetProcess _fleet;
    private readonly SqlCounter? _sql;
    private readonly RedisCounter? _redis;
    private readonly Dictionary<string, ServiceMeter> _meters = [];
    private readonly List<Sample> _samples = [];
    // Guards the meters: a kill looks at them too.
    private readonly Lock _gate = new();
    private readonly long _quotesBefore;

    private Sampler(LocalCluster cluster, FleetProcess fleet, SqlCounter? sql, RedisCounter? redis)
    {
        (_cluster, _fleet, _sql, _redis) = (cluster, fleet, sql, redis);
        _quotesBefore = fleet.LastTick?.Quotes ?? 0;
    }

    public IReadOnlyList<Sample> Samples => _samples;
    public IReadOnlyCollection<ServiceMeter> Meters => _meters.Values;

    public static async Task<Sampler> BeginAsync(LocalCluster cluster, FleetProcess fleet, SqlCounter? sql, RedisCounter? redis, CancellationToken cancellationToken)
    {
        var sampler = new Sampler(cluster, fleet, sql, redis);
        await sampler.CountAsync(cancellationToken);
        sampler.Observe();
        return sampler;
    }

    /// <summary>Looks until told to stop.</summary>
    public async Task RunAsync(Stopwatch clock, Action<Sample> show, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        for (var number = 1; ; number++)
        {
            if (!await timer.WaitForNextTickAsync(cancellationToken)) return;
            var counts = number % SamplesPerCount == 0 ? await CountAsync(cancellationToken) : default;
            Observe();
            var sample = Take(clock.Elapsed, counts);
            _samples.Add(sample);
            show(sample);
        }
    }

    /// <summary>The last look; counters are read first, so that they are not older than the rest.</summary>
    public async Task<Sample> EndAsync(Stopwatch clock, CancellationToken cancellationToken)
    {
        var counts = await CountAsync(cancellationToken);
        Observe();
        var sample = Take(clock.Elapsed, counts);
        _samples.Add(sample);
        return sample;
    }

    /// <summary>Also before a kill: what a process has used until then would be lost with it.</summary>
    public void Observe()
    {
        var pids = _cluster.ReadStatus().Processes.ToDictionary(service => service.Name, service => service.Pid);
        pids[Fleet] = _fleet.Pid;
        pids[AppHost] = _cluster.Pid;
        pids[Measuring] = Environment.ProcessId;
        var table = new ProcessTable();
        lock (_gate)
            foreach (var (name, pid) in pids)
            {
                if (!_meters.TryGetValue(name, out var meter)) _meters[name] = meter = new(name, ScopeOf(name));
                meter.Observe(table, pid);
            }
    }

    public static ProcessScope ScopeOf(string service) => service == Postgres ? ProcessScope.Tree : ProcessScope.Alone;

    private Sample Take(TimeSpan at, (long? Sql, long? Redis) counts)
    {
        lock (_gate)
            return new()
            {
                At = at,
                Quotes = (_fleet.LastTick?.Quotes ?? 0) - _quotesBefore,
                GapSeconds = _fleet.LastTick?.GapSeconds ?? new(null, null, null),
                Cpu = _meters.ToDictionary(meter => meter.Key, meter => meter.Value.Cpu),
                ResidentKiB = _meters.ToDictionary(meter => meter.Key, meter => meter.Value.Memory.ResidentKiB),
                SqlStatements = counts.Sql,
                RedisCommands = counts.Redis,
            };
    }

    private async Task<(long? Sql, long? Redis)> CountAsync(CancellationToken cancellationToken)
    {
        var sql = _sql is not null && await _sql.TryReadAsync(cancellationToken);
        var redis = _redis is not null && await _redis.TryReadAsync(cancellationToken);
        return (sql ? _sql!.Grown : null, redis ? _redis!.Grown : null);
    }
}
