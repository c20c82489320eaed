using System.IO.Compression;

namespace Keylime.Agent.Payload;

/// <summary>Unpacks a payload's zip into its folder. Whoever holds the payload key may run programs here, but a zip that was put together by a
/// careless tool must not write outside the folder, replace what lies in it, or fill the memory that the folder lives in.</summary>
internal static class PayloadArchive
{
    internal const int MaxEntries = 4096;

    /// <summary>Unpacked size. The packed size is bounded by the request; what a bomb unpacks to is not.</summary>
    internal const long MaxBytes = 64 << 20;

    private const int FileTypeMask = 0xF000;
    private const int SymbolicLink = 0xA000;

    /// <summary>Unpacks all entries, or none when one of them is not acceptable by name or number.</summary>
    /// <exception cref="InvalidDataException">Not a zip, or none that is safe to unpack; the message says which entry.</exception>
    public static void Extract(Stream zip, string folder)
    {
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read);
        if (archive.Entries.Count > MaxEntries) throw new InvalidDataException($"more than {MaxEntries} entries");
        foreach (var entry in archive.Entries) Validate(entry);
        var left = MaxBytes;
        foreach (var entry in archive.Entries)
        {
            var path = Path.Combine(folder, entry.FullName);
            if (entry.FullName.EndsWith('/')) CreateFolder(path);
            else
            {
                CreateFolder(Path.GetDirectoryName(path)!);
                left -= Extract(entry, path, left);
            }
        }
    }

    private static void Validate(ZipArchiveEntry entry)
    {
        if (UnixMode(entry) is var mode && (mode & FileTypeMask) == SymbolicLink) throw new InvalidDataException($"'{entry.FullName}' is a symbolic link");
        var parts = entry.FullName.TrimEnd('/').Split('/');
        if (parts.Any(part => part is "" or "." or ".." || part.Contains('\\') || part.Contains('\0')))
            throw new InvalidDataException($"'{entry.FullName}' leads out of the payload's folder or is no name");
    }

    private static long Extract(ZipArchiveEntry entry, string path, long left)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerMode(entry) };
        using var source = entry.Open();
        using var file = CreateFile(entry, path, options);
        var buffer = new byte[64 << 10];
        long written = 0;
        int read;
        // The sizes in the archive's headers are claims: what counts is what comes out.
        while ((read = source.Read(buffer)) > 0)
        {
            if ((written += read) > left) throw new InvalidDataException($"unpacks to more than {MaxBytes} bytes");
            file.Write(buffer, 0, read);
        }
        return written;
    }

    private static FileStream CreateFile(ZipArchiveEntry entry, string path, FileStreamOptions options)
    {
        try { return new FileStream(path, options); }
        catch (IOException) when (File.Exists(path)) { throw new InvalidDataException($"'{entry.FullName}' is there already"); }
    }

    private static void CreateFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>The owner's rights as packed; a payload holds secrets, so nobody else has any.</summary>
    private static UnixFileMode OwnerMode(ZipArchiveEntry entry) =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | ((UnixFileMode)UnixMode(entry) & UnixFileMode.UserExecute);

    private static int UnixMode(ZipArchiveEntry entry) => (entry.ExternalAttributes >> 16) & 0xFFFF;
}
