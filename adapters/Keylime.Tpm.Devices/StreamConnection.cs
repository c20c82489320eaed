using System.Buffers.Binary;
using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Devices;

/// <summary>Raw commands and responses over a byte stream: the data channel of swtpm and the character devices alike.</summary>
internal sealed class StreamConnection(Stream stream, string name, TimeSpan timeout) : ITpmConnection
{
    public async Task<byte[]> SendAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        try
        {
            // A character device cannot be interrupted while it waits for the TPM; its read is left behind when the time is up.
            return await ExchangeAsync(command, deadline.Token).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TpmUnavailableException($"The TPM at {name} did not answer within {timeout.TotalSeconds:0.#} s");
        }
        catch (IOException e)
        {
            throw new TpmUnavailableException($"The connection to the TPM at {name} broke: {e.Message}", e);
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        await stream.WriteAsync(command, cancellation);
        var buffer = new byte[ResponseFrame.MaxBytes];
        var (received, expected) = (0, ResponseFrame.HeaderBytes);
        // A device gives the response in one read and a socket in pieces of its choice: read on until the size in the header is there.
        while (received < expected)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(received), cancellation);
            if (count == 0) throw new TpmUnavailableException($"The TPM at {name} ended the connection in the middle of a response");
            received += count;
            if (received < ResponseFrame.HeaderBytes) continue;
            expected = CheckSize(BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(2)));
        }
        if (received > expected) throw new TpmUnavailableException($"The TPM at {name} sent {received} bytes for a response of {expected}");
        return buffer[..received];
    }

    private int CheckSize(uint size) => size is >= ResponseFrame.HeaderBytes and <= ResponseFrame.MaxBytes
        ? (int)size
        : throw new TpmUnavailableException($"The TPM at {name} announced a response of {size} bytes");
}
