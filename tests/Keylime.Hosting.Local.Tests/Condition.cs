using System.Globalization;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Tests;

/// <summary>Waits for what the kernel or another process makes true.</summary>
internal static class Condition
{
    public static async Task HoldsAsync(Func<bool> condition, CancellationToken patience)
    {
        while (!condition())
            await Task.Delay(20, patience);
    }
}

internal static class ProcessState
{
    /// <summary>A zombie, which only its parent can bury, is as dead as one that is gone.</summary>
    public static bool Lives(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}

internal static class CaughtSignals
{
    public static Task WaitForAsync(int processId, Signal signal, CancellationToken patience) => Condition.HoldsAsync(() =>
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("SigCgt:", StringComparison.Ordinal));
        return (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> ((int)signal - 1) & 1) == 1;
    }, patience);
}
