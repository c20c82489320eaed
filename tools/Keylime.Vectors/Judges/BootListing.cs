using System.Globalization;
using System.Text;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Vectors.Judges;

/// <summary>Boot logs as <c>tpm2_eventlog</c> lists them, as far as every event is listed alike: number, PCR, type, digests and size; and the PCR values.</summary>
internal static class BootListing
{
    public static IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file)
    {
        if (FindLog(tree, file.Path) is not { } path)
        {
            yield return Judgement.Skip(file.Path, "the listing of a log that is not in the tree");
            yield break;
        }
        if (!BootLog.TryParse(tree.Read(path), out var log, out _))
        {
            yield return Judgement.Skip(file.Path, "the listing of a log that is malformed, and judged as such by its own record");
            yield break;
        }
        var listing = tree.ReadText(file.Path).Split('\n');
        var (events, pcrs) = Read(listing);
        yield return CompareEvents($"{file.Path}#events", events, [.. log.Events.Select(Show)]);
        foreach (var (name, values) in pcrs)
        {
            if (!TpmHash.TryParseHashName(name, out var bank)) yield return Judgement.Skip($"{file.Path}#{name}", "a hash that cannot be computed here");
            // Its values leave the startup locality out, which real TPMs do not.
            else if (BootLogReplay.FindStartupLocality(log) != 0) yield return Judgement.Skip($"{file.Path}#{name}", "of a TPM that was started from another locality, which the listing leaves out");
            else yield return Judgement.OfValue($"{file.Path}#{name}", string.Join(' ', values), string.Join(' ', BootLogReplay.Replay(log, bank).OrderBy(pcr => pcr.Key).Select(pcr => $"{pcr.Key}={Convert.ToHexStringLower(pcr.Value)}")));
        }
    }

    private static Judgement CompareEvents(string id, List<string> listed, List<string> read)
    {
        for (var i = 0; i < Math.Min(listed.Count, read.Count); i++)
            if (listed[i] != read[i]) return Judgement.OfValue(id, listed[i], read[i]);
        return Judgement.OfValue(id, $"{listed.Count} events", $"{read.Count} events");
    }

    /// <summary>The log has the listing's name without its ending; its newer listings have a second name, that of their folder.</summary>
    private static string? FindLog(VectorTree tree, string listing)
    {
        var path = listing.EndsWith(".yaml", StringComparison.Ordinal) ? listing[..^".yaml".Length] : listing;
        string[] candidates = [path, path.Replace("event-pretty__", "", StringComparison.Ordinal)];
        return Array.Find(candidates, candidate => candidate != listing && tree.Exists(candidate));
    }

    private static string Show(BootEvent boot) =>
        string.Create(CultureInfo.InvariantCulture, $"{boot.Number} PCR {boot.Pcr} {boot.Type.SpecificationName()} {string.Join(' ', boot.Digests.Select(digest => Convert.ToHexStringLower(digest.Value.Span)))} {boot.Data.Length}");

    /// <summary>Reads the members that have a fixed place in the listing; what stands deeper is of one type of event or another.</summary>
    private static (List<string> Events, List<(string Bank, List<string> Values)> Pcrs) Read(string[] listing)
    {
        var events = new List<string>();
        var pcrs = new List<(string, List<string>)>();
        var current = new StringBuilder();
        var inPcrs = false;
        foreach (var line in listing)
        {
            var (name, value) = Split(line);
            if (line.StartsWith("pcrs:", StringComparison.Ordinal)) inPcrs = true;
            else if (inPcrs && line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ') pcrs.Add((name, []));
            else if (inPcrs && pcrs.Count > 0 && value.StartsWith("0x", StringComparison.Ordinal)) pcrs[^1].Item2.Add($"{name}={value[2..]}");
            // Listings of SHA-1 logs give no numbers.
            else if (line.StartsWith("  PCRIndex:", StringComparison.Ordinal)) current.Clear().Append(CultureInfo.InvariantCulture, $"{events.Count} PCR {value}");
            else if (line.StartsWith("  EventType:", StringComparison.Ordinal) || line.StartsWith("  Digest:", StringComparison.Ordinal) || line.StartsWith("    Digest:", StringComparison.Ordinal)) current.Append(' ').Append(value);
            else if (line.StartsWith("  EventSize:", StringComparison.Ordinal)) events.Add(current.Append(' ').Append(value).ToString());
        }
        return (events, pcrs);
    }

    private static (string Name, string Value) Split(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", "") : (line[..colon].Trim(' ', '-'), line[(colon + 1)..].Trim(' ', '"'));
    }
}
