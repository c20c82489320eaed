using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence bootlog show</c>: the events of a log.</summary>
internal static class ShowBootLog
{
    private const int MaxShownCharacters = 256;

    public static EvidenceVerb Create()
    {
        var log = BootLogFile.CreateOption();
        return new(new Command("show", "Show the events of a log") { log }, arguments => EvidenceResult.Make(Describe(BootLogFile.Read(arguments.GetValue(log)!))));
    }

    private static JsonObject Describe(BootLog log) => new()
    {
        ["cryptoAgile"] = log.IsCryptoAgile,
        ["banks"] = string.Join(",", log.Banks.Select(NameOf)),
        ["startupLocality"] = BootLogReplay.FindStartupLocality(log),
        ["events"] = new JsonArray([.. log.Events.Select(Describe)]),
    };

    private static JsonObject Describe(BootEvent boot)
    {
        var digests = new JsonObject();
        foreach (var digest in boot.Digests) digests[NameOf(digest.Bank)] = Convert.ToHexStringLower(digest.Value.Span);
        return new()
        {
            ["number"] = boot.Number,
            ["pcr"] = boot.Pcr,
            ["type"] = boot.Type.SpecificationName(),
            ["dataBytes"] = boot.Data.Length,
            ["data"] = ShowData(boot),
            ["digests"] = digests,
        };
    }

    /// <summary>Name of a variable, or text; nothing for what only a program can read.</summary>
    private static string? ShowData(BootEvent boot)
    {
        if (boot.Type is BootEventType.EfiVariableDriverConfig or BootEventType.EfiVariableBoot or BootEventType.EfiVariableBoot2 or BootEventType.EfiVariableAuthority)
            return EfiVariable.TryParse(boot.Data, out var variable) ? Printable(variable.Name) : null;
        var data = boot.Data.Span.TrimEnd((byte)0);
        return data.Length is > 0 and <= MaxShownCharacters && !data.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? Encoding.ASCII.GetString(data) : null;
    }

    private static string Printable(string name) => string.Concat(name.Take(MaxShownCharacters).Select(c => char.IsControl(c) ? '\uFFFD' : c));

    private static string NameOf(TpmAlgorithm bank) => bank.IsHash() ? bank.ToHashName() : $"0x{(ushort)bank:x4}";
}
