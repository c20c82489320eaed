using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keylime.Load.Processes;

/// <summary>Resident memory by <c>/proc/PID/status</c>, in KiB: what is the process's own, and what it may share with others. Their sum is VmRSS.</summary>
internal readonly record struct ProcessMemory(long OwnKiB, long SharedKiB)
{
    public long ResidentKiB => OwnKiB + SharedKiB;

    /// <summary>Of several processes of one service: what they share is there once. The largest share is taken for all of it.</summary>
    public static ProcessMemory Together(ProcessMemory one, ProcessMemory other) => new(one.OwnKiB + other.OwnKiB, Math.Max(one.SharedKiB, other.SharedKiB));

    public static bool TryParse(string text, [NotNullWhen(true)] out ProcessMemory? memory)
    {
        memory = null;
        long? own = null, file = null, shared = null;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (TryRead(line, "RssAnon:", out var kib)) own = kib;
            else if (TryRead(line, "RssFile:", out kib)) file = kib;
            else if (TryRead(line, "RssShmem:", out kib)) shared = kib;
        }
        if (own is null || file is null || shared is null) return false; // A kernel thread, or a zombie: it has none.
        memory = new(own.Value, file.Value + shared.Value);
        return true;
    }

    private static bool TryRead(ReadOnlySpan<char> line, string name, out long kib)
    {
        kib = 0;
        if (!line.StartsWith(name, StringComparison.Ordinal)) return false;
        var value = line[name.Length..].Trim();
        return value.EndsWith(" kB", StringComparison.Ordinal) && long.TryParse(value[..^3].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out kib);
    }
}
