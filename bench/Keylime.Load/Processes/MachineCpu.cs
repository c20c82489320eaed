using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keylime.Load.Processes;

/// <summary>What all CPUs have done since boot, by the first line of <c>/proc/stat</c>: shows whether a run had the machine to itself.</summary>
internal readonly record struct MachineCpu(long BusyTicks, long IdleTicks)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out MachineCpu? cpu)
    {
        cpu = null;
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var fields = (end < 0 ? text : text[..end]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 9 || fields[0] != "cpu") return false;
        var ticks = new long[8]; // user nice system idle iowait irq softirq steal; what guests use is in user already.
        for (var i = 0; i < ticks.Length; i++)
            if (!long.TryParse(fields[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out ticks[i])) return false;
        var idle = ticks[3] + ticks[4];
        cpu = new(ticks.Sum() - idle, idle);
        return true;
    }

    public static MachineCpu? Read() => TryParse(File.ReadAllText("/proc/stat"), out var cpu) ? cpu : null;
}
