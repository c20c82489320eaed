namespace Keylime.Client;

/// <summary>The right to hold one large answer. It is taken when the answer turns out to be large, and given back when this is disposed of: after the
/// answer was judged. Thousands of hostile agents can thus make a process hold a few of their largest answers, not all of them.</summary>
public sealed class AnswerPlace : IDisposable
{
    private readonly SemaphoreSlim _places;
    private bool _isTaken;

    internal AnswerPlace(SemaphoreSlim places) => _places = places;

    internal async Task TakeAsync(CancellationToken ct)
    {
        if (_isTaken) return;
        await _places.WaitAsync(ct);
        _isTaken = true;
    }

    public void Dispose()
    {
        if (_isTaken) _places.Release();
        _isTaken = false;
    }
}
