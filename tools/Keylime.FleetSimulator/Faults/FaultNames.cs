namespace Keylime.FleetSimulator.Faults;

/// <summary>Faults as commands and events spell them.</summary>
internal static class FaultNames
{
    private static readonly Dictionary<string, Fault> s_byName = new(StringComparer.Ordinal)
    {
        ["bad-signature"] = Fault.BadSignature,
        ["wrong-nonce"] = Fault.WrongNonce,
        ["tampered-entry"] = Fault.TamperedEntry,
        ["slow"] = Fault.Slow,
        ["dead"] = Fault.Dead,
        ["reboot"] = Fault.Reboot,
    };

    public static IEnumerable<string> All => s_byName.Keys;

    public static bool TryParse(string? name, out Fault fault)
    {
        fault = Fault.None;
        return name is not null && s_byName.TryGetValue(name, out fault);
    }

    public static string ToName(this Fault fault) => s_byName.Single(pair => pair.Value == fault).Key;
}
