using System.Runtime.InteropServices;
using System.Text;

namespace Aspire.Hosting.Processes;

/// <summary>Whose a folder is. Anybody can make one of any name where temporary files are, and put links into it.</summary>
internal static class FolderOwner
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint TypeAndOwner = 0x1 | 0x8;
    private const int TypeMask = 0xF000;
    private const int DirectoryType = 0x4000;

    /// <summary>Whether it is a folder, no link to one, and our user's.</summary>
    public static bool IsUs(string path) =>
        GetStatus(CurrentDirectory, [.. Encoding.UTF8.GetBytes(path), 0], DoNotFollow, TypeAndOwner, out var status) == 0
        && (status.Mode & TypeMask) == DirectoryType && status.Owner == GetUser();

    // statx(2): unlike that of stat, its structure is the same on every processor.
    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetStatus(int directory, byte[] path, int flags, uint mask, out FileStatus status);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetUser();

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(20)]
        public uint Owner;
        [FieldOffset(28)]
        public ushort Mode;
    }
}
