using System.Threading.Channels;

namespace Keylime.Verifier;

/// <summary>Rung when there may be something to do for a loop that otherwise looks only now and then.</summary>
internal abstract class Bell
{
    // A channel hands over to the context of whoever waits, and never runs it on the stack of whoever rings.
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => _rings.Writer.TryWrite(true);

    /// <summary>Waits for the bell, but no longer than the time. Rings while nobody waited count as one.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await _rings.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
    }
}

/// <summary>There may be something new in the outbox.</summary>
internal sealed class OutboxBell : Bell;

/// <summary>There are leases to give away, and somebody waits for them.</summary>
internal sealed class LeaseBell : Bell;
