using System.Runtime.InteropServices;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent.Privileges;

/// <summary>The folder for payloads and their keys: in memory, so that no disk keeps them.</summary>
internal static partial class SecureFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // mount(2)
    private const ulong NoSetUser = 2;
    private const ulong NoDevices = 4;

    /// <summary>Makes the folder and mounts memory on it, unless that was done by an earlier run.</summary>
    /// <exception cref="ConfigurationException">It cannot be mounted, or something that is no memory is mounted there.</exception>
    public static void Mount(string path, string size)
    {
        Create(path);
        switch (FindMount(path, File.ReadLines("/proc/self/mountinfo")))
        {
            case "tmpfs": return;
            case { } other: throw new ConfigurationException($"{path}: a file system of type {other} is mounted here; unmount it");
        }
        using var folder = UnixFolder.Open(path);
        if (Mount("tmpfs", folder.Path, "tmpfs", NoSetUser | NoDevices, $"size={size},mode=0700") != 0)
            throw new ConfigurationException($"{path}: memory of secure_size = '{size}' cannot be mounted: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Makes the folder on whatever holds the work folder.</summary>
    /// <exception cref="ConfigurationException">A link is there: whoever may write to the work folder would choose where payloads go.</exception>
    public static void Create(string path)
    {
        if (new DirectoryInfo(path).LinkTarget is { } target) throw new ConfigurationException($"{path}: is a link to {target}; remove it");
        Directory.CreateDirectory(path, OwnerOnly);
    }

    /// <summary>Type of the file system that is mounted exactly here, from lines of <c>/proc/self/mountinfo</c>; null when none is.</summary>
    internal static string? FindMount(string path, IEnumerable<string> mountInfo)
    {
        string? type = null;
        foreach (var line in mountInfo)
        {
            // proc(5): the fifth field is the place; the type follows the separator "-". Of several mounts the last lies on top.
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (fields.Length > 4 && separator > 4 && separator + 1 < fields.Length && fields[4] == path) type = fields[separator + 1];
        }
        return type;
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);
}
