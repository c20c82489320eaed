using Microsoft.Win32.SafeHandles;

namespace Keylime.Agent.Quotes;

/// <summary>Reads the firmware's binary event log. It is written before the kernel runs and never grows afterwards.</summary>
internal sealed partial class BootLogReader(MeasurementLogFile file, ILogger<BootLogReader> logger)
{
    /// <summary>Logs of real firmware stay below 1 MiB.</summary>
    internal const int MaxBytes = 16 << 20;

    /// <summary>The whole log; null when there is none, or none that can be used.</summary>
    public byte[]? Read() => file.Read(ReadAll);

    private byte[]? ReadAll(SafeFileHandle handle)
    {
        // Files in securityfs say that they are empty: read until the end instead of asking for the length.
        using var log = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while ((read = RandomAccess.Read(handle, buffer, log.Length)) > 0)
        {
            if (log.Length + read > MaxBytes)
            {
                LogTooLong(file.Path, MaxBytes);
                return null;
            }
            log.Write(buffer, 0, read);
        }
        return log.ToArray();
    }

    [LoggerMessage(EventIds.BootLogTooLong, LogLevel.Warning, "Boot log {Path} is longer than {Limit} bytes and is not sent")]
    private partial void LogTooLong(string path, int limit);
}
