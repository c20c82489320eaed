namespace Keylime.Tpm.Devices;

/// <summary>A TPM's character device: <c>/dev/tpmrm0</c> with the kernel's resource manager, or <c>/dev/tpm0</c> without.</summary>
internal sealed class DeviceTransport(string path, TpmTimeouts timeouts, TimeProvider time) : ITpmTransport
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    /// <summary>The kernel lets one process at a time open the bare device; the resource manager's keeps the processes apart.</summary>
    public bool IsExclusive => !Path.GetFileName(path).StartsWith("tpmrm", StringComparison.Ordinal);

    public async Task<ITpmConnection> OpenAsync(CancellationToken cancellation)
    {
        for (var start = time.GetTimestamp(); ; await Task.Delay(RetryPause, time, cancellation))
        {
            try
            {
                return new StreamConnection(new FileStream(path, Options), $"device:{path}", timeouts.Command);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
            {
                throw new TpmUnavailableException($"The TPM device {path} cannot be opened: {e.Message}", e);
            }
            catch (IOException e) when (time.GetElapsedTime(start) >= timeouts.Busy)
            {
                throw new TpmUnavailableException(
                    $"The TPM device {path} stayed busy for {timeouts.Busy.TotalSeconds:0.#} s: {e.Message}", e);
            }
            catch (IOException)
            {
                // EBUSY: another process has the bare device open.
            }
        }
    }

    private static FileStreamOptions Options =>
        new() { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 };
}
