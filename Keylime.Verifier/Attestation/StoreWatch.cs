using Keylime.Attestation.Agents;

namespace Keylime.Verifier.Attestation;

/// <summary>Whether the store was reached when it was last tried. An outage is told once, and so is its end.</summary>
internal sealed partial class StoreWatch(ILogger<StoreWatch> logger)
{
    private int _isLost;

    public bool IsReachable => Volatile.Read(ref _isLost) == 0;

    public void Reached()
    {
        if (Interlocked.Exchange(ref _isLost, 0) == 1) LogReached();
    }

    public void Lost(StoreUnavailableException e)
    {
        if (Interlocked.Exchange(ref _isLost, 1) == 0) LogLost(e.InnerException?.Message ?? e.Message);
    }

    [LoggerMessage(EventIds.StoreReached, LogLevel.Information, "Store reachable again")]
    private partial void LogReached();

    [LoggerMessage(EventIds.StoreUnavailable, LogLevel.Warning, "Store unreachable, attestation goes on in memory: {Reason}")]
    private partial void LogLost(string reason);
}
