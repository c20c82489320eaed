using System.Globalization;
using System.Runtime.InteropServices;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>POSIX signals by their Linux numbers.</summary>
internal enum Signal
{
    Kill = 9,
    Continue = 18,
    Stop = 19,
}

internal static class Signals
{
    /// <summary>Processes that one has started, those of its own children not among them.</summary>
    public static IReadOnlyList<int> ChildrenOf(int processId) =>
        [.. File.ReadAllText($"/proc/{processId}/task/{processId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    public static void Send(int processId, Signal signal) => Assert.Equal(0, Kill(processId, (int)signal));

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
