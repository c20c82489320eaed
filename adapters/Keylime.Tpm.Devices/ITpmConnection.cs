namespace Keylime.Tpm.Devices;

/// <summary>An open connection; the TPM's response to a command is complete when it is returned, and not longer than 4096 bytes.</summary>
public interface ITpmConnection : IAsyncDisposable
{
    /// <exception cref="TpmUnavailableException">No response, or none that is well-formed. The connection is of no further use.</exception>
    Task<byte[]> SendAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation);
}
