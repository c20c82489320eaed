using Microsoft.Win32.SafeHandles;

namespace Keylime.Agent.Quotes;

/// <summary>A measurement log that the kernel shows as a file.</summary>
/// <remarks>The kernel lets only root open its logs, and the agent gives up root. So the file is opened once at the start; later it is opened by
/// name, which notices a list that appeared or was replaced in the meantime, and the handle from the start serves where that is refused.</remarks>
internal sealed class MeasurementLogFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle? _openedAtStart;

    public MeasurementLogFile(string path)
    {
        _path = path;
        _openedAtStart = TryOpen();
    }

    public string Path => _path;

    /// <summary>Whether the log could be opened when the agent started.</summary>
    public bool WasThere => _openedAtStart is not null;

    /// <summary>Hands the open file to <paramref name="read"/>; null when there is no such file, or none that we may open.</summary>
    public T? Read<T>(Func<SafeFileHandle, T?> read) where T : class
    {
        using var current = TryOpen();
        return (current ?? _openedAtStart) is { } handle ? read(handle) : null;
    }

    public void Dispose() => _openedAtStart?.Dispose();

    private SafeFileHandle? TryOpen()
    {
        try { return File.OpenHandle(_path, share: FileShare.ReadWrite | FileShare.Delete); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException) { return null; }
    }
}
