using System.Text;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot.Reference;

/// <summary>The rules for firmware, Secure Boot keys and machine owner keys, which every engine with a reference state has in common. Follows one log and is then
/// spent.</summary>
/// <remarks>The type and the text of an event are not covered by its digest. Where a rule decides on the text (separators, actions, variables of PCR 7) the digest must
/// fit it, which Keylime demands for separators and actions only. In PCR 7 no rule believes a label: an event that may be anything could stand for any other.</remarks>
internal sealed class FirmwareRules(ReferenceState reference, TpmAlgorithm bank)
{
    /// <summary>What the firmware measures before it starts anything. Without them nothing says that Secure Boot is on, and with which keys.</summary>
    private static readonly string[] SecureBootVariables = ["SecureBoot", "PK", "KEK", "db", "dbx"];

    private readonly HashSet<string> _once = [];
    private readonly Dictionary<string, int> _counted = [];
    private readonly List<BootEvent> _scrtms = [];
    private readonly List<BootEvent> _firmwareBlobs = [];

    /// <summary>Judges a log: each event by the engine's rules, then the firmware that the events told of, and last what the firmware started.</summary>
    public BootFinding? Appraise(BootLog log, Func<BootEvent, BootFinding?> appraiseEvent, Func<BootFinding?> appraiseBootChain)
    {
        foreach (var boot in log.Events)
            if ((FindUnmeasured(boot) ?? appraiseEvent(boot)) is { } finding) return finding;
        return AppraiseFirmware() ?? appraiseBootChain();
    }

    /// <summary>Judges an event of firmware or shim; what no rule here is for is refused.</summary>
    public BootFinding? AppraiseEvent(BootEvent boot) => (boot.Pcr, boot.Type) switch
    {
        // The header of a crypto-agile log is an EV_NO_ACTION event like any other, and the one that the rule for PCR 0 allows.
        (0, BootEventType.NoAction) => Once(boot, "EV_NO_ACTION"),
        (0, BootEventType.SCrtmVersion) => Keep(boot, _scrtms),
        (0, BootEventType.EfiPlatformFirmwareBlob or BootEventType.EfiPlatformFirmwareBlob2) => Keep(boot, _firmwareBlobs),
        (1, BootEventType.CpuMicrocode or BootEventType.EfiHandoffTables or BootEventType.EfiHandoffTables2) => Once(boot, boot.Type.SpecificationName()),
        (1, BootEventType.PlatformConfigFlags) => AtMost(boot, 4),
        (1, BootEventType.EfiVariableBoot) => AppraiseBootVariable(boot),
        (2, BootEventType.EfiBootServicesDriver) => null,
        (5, BootEventType.EfiGptEvent) => Once(boot, "EV_EFI_GPT_EVENT"),
        (7, BootEventType.EfiVariableDriverConfig) => AppraiseSecureBootVariable(boot),
        (7, BootEventType.EfiVariableAuthority) => AppraiseAuthority(boot),
        ( <= 7, BootEventType.Separator) => AppraiseText(boot, Separators, bytes => Convert.ToHexString(bytes)),
        (1 or 4 or 5, BootEventType.EfiAction) => AppraiseText(boot, Actions(boot.Pcr), Encoding.Latin1.GetString),
        (14, BootEventType.Ipl) => AppraiseMok(boot),
        _ => new("no rule allows this type of event in this PCR", boot),
    };

    /// <summary>Judges what only the whole log shows.</summary>
    private BootFinding? AppraiseFirmware() => MatchFirmware() ?? FindMissingVariable();

    /// <summary>Refuses an event that the replay of the quoted bank passes over: nothing shows that it ever happened.</summary>
    private BootFinding? FindUnmeasured(BootEvent boot) =>
        boot.Type == BootEventType.NoAction || boot.DigestOf(bank).Length == bank.DigestBytes() ? null : new($"the event has no {bank.ToHashName()} digest", boot);

    private BootFinding? FindMissingVariable() =>
        reference.HasSecureBoot && Array.Find(SecureBootVariables, name => !_once.Contains(name)) is { } missing
            ? new($"the log does not say what {missing} is", Expected: missing)
            : null;

    private BootFinding? MatchFirmware() =>
        reference.Firmwares.Any(firmware => Equal(_scrtms, [firmware.SCrtm]) && Equal(_firmwareBlobs, firmware.Blobs))
            ? null
            : new("no entry of scrtm_and_bios has these S-CRTM and firmware digests", _scrtms.FirstOrDefault() ?? _firmwareBlobs.FirstOrDefault(), Seen: Show([.. _scrtms, .. _firmwareBlobs]));

    /// <summary>Whether the events have these digests, in this order.</summary>
    public bool Equal(List<BootEvent> events, IReadOnlyList<Digests> expected)
    {
        if (events.Count != expected.Count) return false;
        for (var i = 0; i < expected.Count; i++)
            if (!expected[i].Match(events[i], bank)) return false;
        return true;
    }

    /// <summary>Whether the event's digest is that of what was measured; else its text proves nothing.</summary>
    public BootFinding? DigestFits(BootEvent boot, ReadOnlySpan<byte> measured)
    {
        var computed = bank.HashData(measured);
        var logged = boot.DigestOf(bank);
        return logged.Span.SequenceEqual(computed)
            ? null
            : new("the digest is not that of the event's text, so the text proves nothing", boot, Convert.ToHexStringLower(computed), Convert.ToHexStringLower(logged.Span));
    }

    /// <summary>Refuses a second one.</summary>
    public BootFinding? Once(BootEvent boot, string what) => _once.Add(what) ? null : new($"a second {what}", boot);

    private BootFinding? AtMost(BootEvent boot, int most)
    {
        var name = boot.Type.SpecificationName();
        var count = _counted.GetValueOrDefault(name) + 1;
        _counted[name] = count;
        return count <= most ? null : new($"more than {most} events {name}", boot);
    }

    public static BootFinding? Keep(BootEvent boot, List<BootEvent> kept)
    {
        kept.Add(boot);
        return null;
    }

    /// <summary>The text of an EV_IPL event, without the NULs at its end. One character a byte, so that nothing is lost.</summary>
    public static string IplText(BootEvent boot) => Encoding.Latin1.GetString(boot.Data.Span.TrimEnd((byte)0));

    public string Show(IEnumerable<BootEvent> events) =>
        string.Join(", ", events.Select(boot => $"#{boot.Number} {Convert.ToHexStringLower(boot.DigestOf(bank).Span)}"));

    private static string[] Separators => ["00000000", "FFFFFFFF"];

    private static string[] Actions(int pcr) => pcr switch
    {
        1 => ["Entering ROM Based Setup"],
        4 => ["Calling EFI Application from Boot Option", "Returning from EFI Application from Boot Option"],
        _ => ["Exit Boot Services Invocation", "Exit Boot Services Returned with Failure", "Exit Boot Services Returned with Success"],
    };

    private BootFinding? AppraiseText(BootEvent boot, string[] allowed, Func<ReadOnlySpan<byte>, string> show)
    {
        var text = show(boot.Data.Span);
        if (!allowed.Contains(text)) return new("the event's text is not one that the specification knows", boot, string.Join(" or ", allowed), text);
        return DigestFits(boot, boot.Data.Span);
    }

    private static BootFinding? AppraiseBootVariable(BootEvent boot)
    {
        if (!EfiVariable.TryParse(boot.Data, out var variable)) return Malformed(boot);
        var known = variable.Vendor == EfiGuids.GlobalVariable
            && (variable.Name == "BootOrder" || (variable.Name.Length > 4 && variable.Name.StartsWith("Boot", StringComparison.Ordinal) && variable.Name.Skip(4).All(char.IsAsciiHexDigit)));
        return known ? null : new("not a boot variable", boot, "BootOrder or Boot<hex>", variable.Name);
    }

    private BootFinding? AppraiseSecureBootVariable(BootEvent boot)
    {
        if (!EfiVariable.TryParse(boot.Data, out var variable)) return Malformed(boot);
        if (DigestFits(boot, boot.Data.Span) is { } finding) return finding;
        return (variable.Vendor, variable.Name) switch
        {
            var (vendor, name) when vendor == EfiGuids.GlobalVariable && name == "SecureBoot" => Once(boot, name) ?? AppraiseSecureBoot(boot, variable),
            var (vendor, name) when vendor == EfiGuids.GlobalVariable && name == "PK" => Once(boot, name) ?? KeysWithin(boot, variable, reference.Pk, EfiGuids.CertX509),
            var (vendor, name) when vendor == EfiGuids.GlobalVariable && name == "KEK" => Once(boot, name) ?? KeysWithin(boot, variable, reference.Kek, EfiGuids.CertX509),
            var (vendor, name) when vendor == EfiGuids.ImageSecurityDatabase && name == "db" => Once(boot, name) ?? KeysWithin(boot, variable, reference.Db, EfiGuids.CertX509, EfiGuids.CertSha256),
            var (vendor, name) when vendor == EfiGuids.ImageSecurityDatabase && name == "vendor_db" => Once(boot, name) ?? KeysWithin(boot, variable, reference.VendorDb, EfiGuids.CertX509, EfiGuids.CertSha256),
            var (vendor, name) when vendor == EfiGuids.ImageSecurityDatabase && name == "dbx" => Once(boot, name) ?? KeysContain(boot, variable, reference.Dbx),
            _ => new("no rule allows this variable", boot, Seen: variable.Name),
        };
    }

    private BootFinding? AppraiseSecureBoot(BootEvent boot, EfiVariable variable)
    {
        var enabled = variable.Data.Span is [not 0];
        return enabled == reference.HasSecureBoot ? null : new("Secure Boot", boot, reference.HasSecureBoot ? "enabled" : "disabled", enabled ? "enabled" : "disabled");
    }

    private BootFinding? AppraiseAuthority(BootEvent boot)
    {
        if (!EfiVariable.TryParse(boot.Data, out var variable)) return Malformed(boot);
        if (AuthorityFits(boot) is { } finding) return finding;
        return (variable.Vendor, variable.Name) switch
        {
            // What verified shim, and what shim verified with, is known from the digests of the images themselves.
            var (vendor, name) when vendor == EfiGuids.ImageSecurityDatabase && name == "db" => Once(boot, "authority db"),
            var (vendor, name) when vendor == EfiGuids.ShimLock && name is "SbatLevel" or "Shim" or "MokListRT" => Once(boot, $"authority {name}"),
            var (vendor, name) when vendor == EfiGuids.ShimLock && name == "MokListTrusted" => Once(boot, "authority MokListTrusted"),
            var (vendor, name) when vendor == EfiGuids.ImageSecurityDatabase && name == "vendor_db" => Once(boot, "authority vendor_db") ?? AppraiseVendorAuthority(boot, variable),
            _ => new("no rule allows this variable", boot, Seen: variable.Name),
        };
    }

    /// <summary>The digest is that of the whole event, or of all but its last byte: older shims measure one byte less than they log.
    /// The name is measured either way, and the lengths before it fit no shorter variable.</summary>
    private BootFinding? AuthorityFits(BootEvent boot) =>
        DigestFits(boot, boot.Data.Span) is { } finding && DigestFits(boot, boot.Data.Span[..^1]) is not null ? finding : null;

    private BootFinding? AppraiseVendorAuthority(BootEvent boot, EfiVariable variable)
    {
        if (!reference.HasSecureBoot && reference.VendorDb.Count == 0) return null;
        if (variable.Data.Length < 16) return Malformed(boot);
        return reference.VendorDb.Contains(Key.From(EfiSignature.Read(variable.Data))) ? null : new("the key is not in the reference state's vendor_db", boot);
    }

    private BootFinding? KeysWithin(BootEvent boot, EfiVariable variable, IReadOnlySet<Key> allowed, params ReadOnlySpan<Guid> types)
    {
        if (!reference.HasSecureBoot && allowed.Count == 0) return null;
        if (!EfiSignatureList.TryParseAll(variable.Data, out var lists)) return Malformed(boot);
        foreach (var list in lists)
        {
            if (!types.Contains(list.Type)) return new($"{variable.Name} has a list of an unexpected type", boot, Seen: list.Type.ToString());
            foreach (var signature in list.Signatures)
                if (!allowed.Contains(Key.From(signature))) return new($"{variable.Name} has a key that the reference state lacks", boot, Seen: Key.From(signature).ToString());
        }
        return null;
    }

    private BootFinding? KeysContain(BootEvent boot, EfiVariable variable, IReadOnlySet<Key> required)
    {
        if (!reference.HasSecureBoot && required.Count == 0) return null;
        if (!EfiSignatureList.TryParseAll(variable.Data, out var lists)) return Malformed(boot);
        if (lists is not [{ } only] || only.Type != EfiGuids.CertSha256) return new($"{variable.Name} is not one list of SHA-256 digests", boot);
        var present = only.Signatures.Select(Key.From).ToHashSet();
        foreach (var key in required)
            if (!present.Contains(key)) return new($"{variable.Name} lacks a digest that must be forbidden", boot, Expected: key.ToString());
        return null;
    }

    private BootFinding? AppraiseMok(BootEvent boot)
    {
        var name = IplText(boot);
        if (name == "MokListTrusted") return Once(boot, name) ?? AppraiseMokListTrusted(boot);
        IReadOnlyList<Digests> allowed = name switch
        {
            "MokList" => reference.MokList,
            "MokListX" => reference.MokListX,
            _ => [],
        };
        return allowed.Any(digests => digests.Match(boot, bank)) ? null : new("not a known machine owner key list", boot, Seen: name);
    }

    /// <summary>Whether the kernel trusts the machine owner's keys: one byte, either of which is the kernel's matter. Any other digest is that of a list.</summary>
    /// <remarks>shim's MokSBState is such a byte as well, but shim measures it into PCR 7, too, and no rule there allows it.</remarks>
    private BootFinding? AppraiseMokListTrusted(BootEvent boot) =>
        DigestFits(boot, [1]) is { } finding && DigestFits(boot, [0]) is not null ? finding with { Detail = "the digest is not that of a truth value" } : null;

    private static BootFinding Malformed(BootEvent boot) => new("the event's data are malformed", boot);
}
