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

    /// <summary>A signal is on its way for a moment: until then the process may go on, and bury a child of which we think that it is there.</summary>
    public static async Task WaitUntilStoppedAsync(int processId, CancellationToken patience)
    {
        while (true)
        {
            var stat = await File.ReadAllTextAsync($"/proc/{processId}/stat", patience);
            if (stat[stat.LastIndexOf(')') + 2] == 'T') return;
            await Task.Delay(10, patience);
        }
    }

    public static void Send(int processId, Signal signal) => Assert.Equal(0, Kill(processId, (int)signal));

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
