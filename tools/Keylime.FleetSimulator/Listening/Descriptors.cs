using System.Globalization;

namespace Keylime.FleetSimulator.Listening;

/// <summary>File descriptors: one connection for each agent, and some for the rest. The runtime has raised the soft limit to the
/// hard one already.</summary>
internal static class Descriptors
{
    private const int ForTheRest = 256;
    private const string Limits = "/proc/self/limits";

    /// <exception cref="FleetException">There are not enough.</exception>
    public static void Demand(int agents)
    {
        var needed = agents + ForTheRest;
        if (ReadLimit() is { } limit && limit < needed)
            throw new FleetException($"--agents {agents} needs {needed} file descriptors at least, this process may have {limit}: raise the limit (ulimit -Hn, or LimitNOFILE of a unit)");
    }

    /// <summary>Null where there is no limit, or none that can be read.</summary>
    private static long? ReadLimit()
    {
        if (!File.Exists(Limits)) return null;
        var line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? limit : null;
    }
}
