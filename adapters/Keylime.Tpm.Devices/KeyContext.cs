using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Devices;

/// <summary>The saved context of a key: loading it costs a TPM next to nothing, making the key again up to a minute.</summary>
internal sealed class KeyContext
{
    // Swapped whole; two batches that both find it stale both make the key, which is harmless.
    private volatile SavedContext? _saved;

    /// <summary>Loads the key for this batch; <paramref name="make"/> makes it where there is no context or the TPM was reset
    /// since.</summary>
    public async Task<uint> LoadAsync(TpmBatch batch, Func<Task<uint>> make, CancellationToken cancellation)
    {
        if (_saved is { } saved)
        {
            try
            {
                return batch.Track((await batch.ExecuteAsync(new ContextLoadCommand(saved), cancellation)).Handle);
            }
            catch (TpmCommandException)
            {
                // Contexts end with a TPM Reset; which code says so differs between vendors. A worse trouble shows when the key is made.
                _saved = null;
            }
        }
        var handle = await make();
        _saved = await batch.ExecuteAsync(new ContextSaveCommand(handle), cancellation);
        return handle;
    }
}
