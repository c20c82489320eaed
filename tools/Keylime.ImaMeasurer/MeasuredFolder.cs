using System.Security.Cryptography;

namespace Keylime.ImaMeasurer;

/// <summary>A file as it was found, by the path that the list shows.</summary>
internal sealed record MeasuredFile(string Name, byte[] Sha256);

/// <summary>The regular files of a folder, with those hashed again whose time or length changed.</summary>
/// <remarks>The kernel measures at the moment of opening; a tool beside it can only look again and again. That is enough for what this tool is for.</remarks>
internal sealed class MeasuredFolder(string root)
{
    private static readonly EnumerationOptions s_all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    private static readonly byte[] s_nothing = SHA256.HashData([]);

    private readonly Dictionary<string, Stamp> _seen = new(StringComparer.Ordinal);

    private readonly record struct Stamp(DateTime Written, long Length);

    /// <summary>Whether <see cref="FindChanged"/> would find something.</summary>
    public bool HasChanged() => List().Any(file => !IsSeen(file));

    /// <summary>Files that are new or were written since the last call, in the order of their names.</summary>
    public IReadOnlyList<MeasuredFile> FindChanged()
    {
        var changed = new List<MeasuredFile>();
        foreach (var file in List().Where(file => !IsSeen(file)).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            // Taken before the content is read: a file that is written meanwhile looks changed again next time.
            var stamp = StampOf(file);
            // An empty file is not opened: it may be a pipe or a socket, which are listed like files of no length and never end.
            if ((stamp.Length == 0 ? s_nothing : TryHash(file.FullName)) is not { } digest) continue;
            _seen[file.FullName] = stamp;
            changed.Add(new("/" + Path.GetRelativePath(root, file.FullName), digest));
        }
        return changed;
    }

    /// <summary>Forgets what was seen, so that everything is found again: the machine was started anew.</summary>
    public void Forget() => _seen.Clear();

    private IEnumerable<FileInfo> List() =>
        Directory.Exists(root) ? new DirectoryInfo(root).EnumerateFiles("*", s_all).Where(file => file.Exists) : [];

    private bool IsSeen(FileInfo file) => _seen.TryGetValue(file.FullName, out var stamp) && stamp == StampOf(file);

    private static Stamp StampOf(FileInfo file) => new(file.LastWriteTimeUtc, file.Exists ? file.Length : -1);

    private static byte[]? TryHash(string path)
    {
        try
        {
            using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return SHA256.HashData(content);
        }
        // Deleted or closed to us between the listing and now. It is looked at again next time, if it is still there.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}
