using System.Runtime.InteropServices;
using Keylime.ServiceDefaults.Configuration;
using Microsoft.Win32.SafeHandles;

namespace Keylime.Agent.Privileges;

/// <summary>A folder held open, so that what root does to it is not done to what its path leads to a moment later.</summary>
/// <remarks>The secure folder lies in one of the unprivileged account, which could put a link to <c>/etc</c> in its place.</remarks>
internal sealed partial class UnixFolder : IDisposable
{
    // open(2); two of the numbers depend on the processor.
    private const int CloseOnExec = 0x80000;
    private static readonly int s_folderNoLink = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 | 0x8000 : 0x10000 | 0x20000;

    private readonly SafeFileHandle _handle;

    private UnixFolder(SafeFileHandle handle) => _handle = handle;

    /// <summary>A path that leads to this folder and to no other, in this process.</summary>
    public string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <exception cref="ConfigurationException">The path is a link, no folder, or out of reach.</exception>
    public static UnixFolder Open(string path)
    {
        var handle = Open(path, s_folderNoLink | CloseOnExec);
        if (!handle.IsInvalid) return new(handle);
        var cause = Marshal.GetLastPInvokeErrorMessage();
        handle.Dispose();
        throw new ConfigurationException($"{path}: not a folder that can be used, or a link to one: {cause}");
    }

    /// <summary>Hands the folder over.</summary>
    public void GiveTo(uint user, uint group)
    {
        if (ChangeOwner(_handle, user, group) != 0) throw new ConfigurationException($"run_as: chown failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle folder, uint user, uint group);
}
