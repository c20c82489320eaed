namespace Keylime.Verifier.Attestation;

/// <summary>Which queue an agent waits in.</summary>
internal enum Lane
{
    /// <summary>Not asked yet by this process.</summary>
    New,
    /// <summary>Answered when it was last asked.</summary>
    Proven,
    /// <summary>Did not.</summary>
    Suspect,
}

/// <summary>Bounds the exchanges that run at a time, each kind of agent by itself: a thousand dead agents that hold their places until
/// they time out keep only each other waiting, and a thousand handshakes after a take-over do not hold up those who are attesting.</summary>
internal sealed class ExchangeLanes : IDisposable
{
    // A waiting exchange costs a connection and some 20 kB. Agents that answer hold a place for milliseconds.
    private readonly SemaphoreSlim[] _places = [new(256), new(8192), new(1024)];
    private readonly int[] _waiting = new int[3];

    /// <summary>Exchanges that are due and wait for a place.</summary>
    public int Waiting => _waiting.Sum();

    public async Task EnterAsync(Lane lane, CancellationToken ct)
    {
        Interlocked.Increment(ref _waiting[(int)lane]);
        try
        {
            await _places[(int)lane].WaitAsync(ct);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting[(int)lane]);
        }
    }

    public void Leave(Lane lane) => _places[(int)lane].Release();

    public void Dispose()
    {
        foreach (var places in _places) places.Dispose();
    }
}
