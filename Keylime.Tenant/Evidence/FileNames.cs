namespace Keylime.Tenant.Evidence;

/// <summary>Names of files that come from a command line or a batch, before the system is asked about them.</summary>
internal static class FileNames
{
    /// <summary>The name, unless it is none.</summary>
    public static string Check(string path)
    {
        if (path.Length == 0) throw new UserErrorException("a file's name is empty");
        if (path.Contains('\0')) throw new UserErrorException("a file's name holds a zero byte");
        return path;
    }
}
