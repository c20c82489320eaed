using System.Runtime.InteropServices;

namespace Keylime.Tenant.Policies;

/// <summary>What a path leads to, which .NET does not tell: a pipe is a file of no length to it, and whoever opens one waits for a writer for ever.</summary>
internal static partial class FileKind
{
    // statx(2). The layout is the same on every processor: u16 stx_mode at 28.
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint Type = 1;
    private const int ResultBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>False for anything but a file with content of its own; also where the name is not UTF-8, because .NET's spelling of it then leads nowhere.</summary>
    public static bool IsRegular(string path) => Find(path) == Regular;

    /// <summary>False also where the name is not UTF-8.</summary>
    public static bool IsFolder(string path) => Find(path) == Folder;

    private static int Find(string path)
    {
        Span<byte> result = stackalloc byte[ResultBytes];
        if (StatX(CurrentFolder, path, NoFollow, Type, ref MemoryMarshal.GetReference(result)) != 0) return 0;
        return MemoryMarshal.Read<ushort>(result[ModeOffset..]) & TypeMask;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte result);
}
