namespace Keylime.Agent.Identity;

/// <summary>Writes a file so that after a crash there is the old content or the new, never a part, and never with a wider mode for a moment.</summary>
internal static class WholeFile
{
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }
}
