namespace Keylime.Gateway.Backends;

/// <summary>A request under way to a back end, which its pool gives up when another one should be asked instead.</summary>
/// <param name="backend">Who is asked.</param>
/// <param name="ownedAgent">The agent that it is asked about as its owner; null for none.</param>
/// <param name="end">Tells the pool that it need not be followed any longer.</param>
internal sealed class Attempt(Backend backend, string? ownedAgent, Action<Attempt> end) : IDisposable
{
    private readonly CancellationTokenSource _givenUp = new();

    public Backend Backend => backend;

    public string? OwnedAgent => ownedAgent;

    /// <summary>Whether it has been given up. Only requests that change nothing can heed that.</summary>
    public CancellationToken GivenUp => _givenUp.Token;

    /// <summary>Never waits: the pool's lock is held.</summary>
    public void GiveUp() => _ = _givenUp.CancelAsync();

    /// <summary>The answer has begun: from here on there is no way back.</summary>
    public void Keep() => end(this);

    public void Dispose()
    {
        end(this);
        _givenUp.Dispose();
    }
}
