using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Processes;

/// <summary>Two folders of a running AppHost. The state folder (<c>.keylime</c> in the repository) is what <c>./keylime status, logs, resource, down</c> read; its
/// logs stay after the run. The run folder holds data and sockets, has a short path because a Unix socket's may have 107 bytes, and goes with the run.</summary>
internal sealed class StateDirectory : IDisposable
{
    /// <summary>Configuration: another place for the state folder, so that clusters can run side by side.</summary>
    public const string PathKey = "Local:StateDirectory";
    /// <summary>Configuration: the state folder lies in the run folder and goes with it.</summary>
    public const string OwnKey = "Local:OwnStateDirectory";
    /// <summary>Configuration, written here for the AppHost: the run folder.</summary>
    public const string RunDirectoryKey = "Local:RunDirectory";

    private const string RunPrefix = "keylime-";
    private const string LockName = "lock";
    // EWOULDBLOCK, as .NET reports a file that another process holds.
    private const int LockedByAnother = 11;

    private readonly FileStream _runLock;
    private readonly FileStream _lock;

    private StateDirectory(string? path)
    {
        (RunDirectory, _runLock) = OpenRunDirectory();
        Path = path ?? System.IO.Path.Combine(RunDirectory, "state");
        try
        {
            _lock = OpenState();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StateDirectoryException)
        {
            RemoveRunDirectory();
            throw e as StateDirectoryException ?? new StateDirectoryException($"The state folder {Path} cannot be used: {e.Message}");
        }
    }

    public string Path { get; }
    public string RunDirectory { get; }
    public string Logs => System.IO.Path.Combine(Path, "logs");
    /// <summary>Requests to the AppHost; see <see cref="Control.CommandInbox"/>.</summary>
    public string Commands => System.IO.Path.Combine(Path, "commands");
    /// <summary>What each resource was given, one file each; <c>./keylime tenant</c> reads one. Holds secrets, hence private.</summary>
    public string Environments => System.IO.Path.Combine(Path, "environment");
    private string PidFile => System.IO.Path.Combine(Path, "pid");

    public static StateDirectory Open(IConfiguration configuration, string appHostDirectory) => new(
        configuration.GetValue(OwnKey, false) ? null : System.IO.Path.GetFullPath(configuration[PathKey] ?? "../.keylime", appHostDirectory));

    public void Dispose()
    {
        if (File.Exists(PidFile)) // The folder may be gone: it is the user's, in his working tree.
            File.Delete(PidFile);
        if (Directory.Exists(Environments))
            Directory.Delete(Environments, recursive: true);
        RemoveRunDirectory();
        _lock.Dispose();
    }

    private FileStream OpenState()
    {
        CreatePrivate(Path);
        var heldLock = LockState();
        foreach (var stale in (string[])[Logs, Commands, Environments])
            if (Directory.Exists(stale))
                Directory.Delete(stale, recursive: true);
        foreach (var folder in (string[])[Logs, Commands, Environments])
            CreatePrivate(folder);
        File.WriteAllText(PidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return heldLock;
    }

    private FileStream LockState()
    {
        try
        {
            return Lock(System.IO.Path.Combine(Path, LockName));
        }
        catch (IOException e) when (e.HResult == LockedByAnother)
        {
            throw new StateDirectoryException($"An AppHost runs already with the state folder {Path} ('./keylime down' ends it)");
        }
    }

    private void RemoveRunDirectory()
    {
        RemoveTree(RunDirectory);
        _runLock.Dispose();
    }

    private static (string Path, FileStream Lock) OpenRunDirectory()
    {
        try
        {
            RemoveAbandonedRuns();
            return CreateRunDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateDirectoryException($"The folder for temporary files cannot be used (TMPDIR names another): {e.Message}");
        }
    }

    private static (string Path, FileStream Lock) CreateRunDirectory()
    {
        // Under another name until it is locked: nobody must take a run that begins for one that was abandoned.
        var unlocked = Directory.CreateTempSubdirectory($".{RunPrefix}").FullName;
        var heldLock = Lock(System.IO.Path.Combine(unlocked, LockName));
        var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(unlocked)!, System.IO.Path.GetFileName(unlocked)[1..]);
        Directory.Move(unlocked, path);
        // Others may pass through, and see no names: PostgreSQL runs as a user of its own when we are root.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return (path, heldLock);
    }

    /// <summary>An AppHost that was killed left its run folder; its lock went with the process.</summary>
    private static void RemoveAbandonedRuns()
    {
        foreach (var path in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), $"{RunPrefix}??????").Where(FolderOwner.IsUs))
            if (File.Exists(System.IO.Path.Combine(path, LockName)) && TryLock(path) is { } abandoned)
                using (abandoned)
                    TryRemoveTree(path);
    }

    /// <summary>What cannot be removed now, because a process of it takes its time to die, is left to the next start: it is no reason not to start.</summary>
    private static void TryRemoveTree(string path)
    {
        try
        {
            RemoveTree(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            MarkAbandoned(path);
        }
    }

    /// <summary>The lock may have gone before the rest, and without one nobody would take the folder for a run again.</summary>
    private static void MarkAbandoned(string path)
    {
        try
        {
            File.WriteAllText(System.IO.Path.Combine(path, LockName), "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone after all, or not ours.
        }
    }

    private static FileStream? TryLock(string runDirectory)
    {
        try
        {
            return Lock(System.IO.Path.Combine(runDirectory, LockName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // In use, or another user's.
        }
    }

    /// <summary>A lock that the kernel releases when we die, however we die.</summary>
    private static FileStream Lock(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static void CreatePrivate(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static void RemoveTree(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                Thread.Sleep(50); // A dying process still writes into it.
            }
        }
    }
}
