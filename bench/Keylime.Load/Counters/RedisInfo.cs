using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keylime.Load.Counters;

/// <summary>What matters here of Redis' answer to <c>INFO</c>.</summary>
/// <param name="RunId">Random, of each start.</param>
/// <param name="Commands"><c>total_commands_processed</c>.</param>
internal sealed record RedisInfo(string RunId, long Commands)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out RedisInfo? info)
    {
        string? run = null;
        long? commands = null;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.StartsWith("run_id:", StringComparison.Ordinal)) run = line["run_id:".Length..];
            else if (line.StartsWith("total_commands_processed:", StringComparison.Ordinal)
                && long.TryParse(line["total_commands_processed:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var count)) commands = count;
        }
        info = run is { Length: > 0 } && commands is not null ? new(run, commands.Value) : null;
        return info is not null;
    }
}
