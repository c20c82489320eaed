using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keylime.Load.Processes;

/// <summary>A process in the kernel's words: one line of <c>/proc/PID/stat</c> (proc(5)).</summary>
/// <param name="StartTicks">Since boot. With the pid it names a process for good: pids come again.</param>
/// <param name="CpuTicks">User and system time of all its threads.</param>
/// <param name="ReapedCpuTicks">That of its children that have ended.</param>
internal readonly record struct ProcessStat(int Pid, int ParentPid, long StartTicks, long CpuTicks, long ReapedCpuTicks)
{
    /// <summary>The kernel counts in USER_HZ, which is 100 on Linux whatever its own clock is.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    public static bool TryParse(string text, [NotNullWhen(true)] out ProcessStat? stat)
    {
        stat = null;
        // The second field is the program's name in parentheses, and may hold blanks and parentheses itself.
        var (open, close) = (text.IndexOf('('), text.LastIndexOf(')'));
        if (open < 1 || close < open || !TryNumber(text.AsSpan(0, open).Trim(), out var pid)) return false;
        var fields = text[(close + 1)..].Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        // Numbered from 1 in the manual page, and the first one here is its third.
        const int parent = 4 - 3, user = 14 - 3, system = 15 - 3, reapedUser = 16 - 3, reapedSystem = 17 - 3, start = 22 - 3;
        if (fields.Length <= start) return false;
        if (!TryNumber(fields[parent], out var parentPid) || !TryNumber(fields[start], out var startTicks) || !TryNumber(fields[user], out var userTicks)
            || !TryNumber(fields[system], out var systemTicks) || !TryNumber(fields[reapedUser], out var reapedUserTicks) || !TryNumber(fields[reapedSystem], out var reapedSystemTicks)) return false;
        if (pid > int.MaxValue || parentPid > int.MaxValue) return false;
        stat = new((int)pid, (int)parentPid, startTicks, userTicks + systemTicks, reapedUserTicks + reapedSystemTicks);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 0;
}
