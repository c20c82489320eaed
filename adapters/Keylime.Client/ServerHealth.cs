using System.Collections.Concurrent;

namespace Keylime.Client;

/// <summary>Which servers are away. Known by requests that failed; a server is well again when it has answered, a request or a check.</summary>
internal sealed class ServerHealth(TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<Uri, Outage> _outages = new();

    /// <summary>Those that are well in the order given, then the others as a last resort, the one whose check is due first before the rest.</summary>
    public IReadOnlyList<Uri> Order(IReadOnlyList<Uri> servers) => _outages.IsEmpty
        ? servers
        : [.. servers.OrderBy(server => _outages.TryGetValue(server, out var outage) ? outage.CheckAt : DateTimeOffset.MinValue)];

    public void ReportFailure(Uri server)
    {
        var now = time.GetUtcNow();
        _outages.AddOrUpdate(server, _ => Outage.Begin(now), (_, earlier) => earlier.CheckAt > now ? earlier : earlier.GoOn(now)); // Requests that ran side by side fail together; they count once.
    }

    public void ReportSuccess(Uri server) => _outages.TryRemove(server, out _);

    /// <summary>Servers to ask now whether they are back. Each is handed out once: it counts as away for another, longer pause unless it is reported well.</summary>
    public IReadOnlyList<Uri> TakeDueChecks()
    {
        if (_outages.IsEmpty) return [];
        var now = time.GetUtcNow();
        return [.. _outages.Where(pair => pair.Value.CheckAt <= now && _outages.TryUpdate(pair.Key, pair.Value.GoOn(now), pair.Value)).Select(pair => pair.Key)];
    }

    private sealed record Outage(DateTimeOffset CheckAt, TimeSpan Pause)
    {
        public static Outage Begin(DateTimeOffset now) => new(now + FirstPause, FirstPause);

        public Outage GoOn(DateTimeOffset now)
        {
            var pause = Pause * 2 < LongestPause ? Pause * 2 : LongestPause;
            return new(now + pause, pause);
        }
    }
}
