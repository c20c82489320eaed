using System.Runtime.InteropServices;

namespace Aspire.Hosting.Processes;

/// <summary>POSIX signals by their Linux numbers.</summary>
internal enum Signal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
}

internal static class Signals
{
    public static void Send(int processId, Signal signal) => _ = Kill(processId, (int)signal);

    public static void SendToGroup(int groupId, Signal signal) => _ = Kill(-groupId, (int)signal);

    // The result is of no interest: a process that is gone needs no signal.
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
