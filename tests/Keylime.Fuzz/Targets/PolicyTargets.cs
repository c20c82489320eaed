using System.Text;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Fuzz.Engine;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>Policies: of operators, who slip, and whoever can upload one.</summary>
internal static class PolicyTargets
{
    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly string RuntimePolicyText = $$$"""
        {"meta":{"version":1,"generator":2},"release":0,"digests":{"/usr/bin/a":["{{{Digest}}}"]},"excludes":["/tmp/.*"],"keyrings":{".ima":["{{{Digest}}}"]},
         "ima":{"ignored_keyrings":["*"],"log_hash_alg":"sha1","dm_policy":{"version":1,"match_on":"name","rules":{"a":{"required":false,"allow_clear":true,"device_resume_required":false,"device_remove":{"allow_removal":false},"device_rename":{"valid_name":null,"valid_uuid":null},"table_load":{"allow_multiple_loads":false,"num_targets":0,"targets":[]} } } } },
         "ima-buf":{},"verification-keys":""}
        """;

    private static readonly string ReferenceStateText = $$$"""
        {"has_secureboot":true,"scrtm_and_bios":[{"scrtm":{"sha256":"0x{{{Digest}}}"},"platform_firmware":[{"sha256":"0x{{{Digest}}}"}]}],"pk":[{"SignatureOwner":"605dab50-e046-4300-abb6-3dd810dd8b23","SignatureData":"0x00"}],
         "kek":[],"db":[],"dbx":[],"vendor_db":[],"kernels":[{"shim_authcode_sha256":"0x{{{Digest}}}","grub_authcode_sha256":"0x{{{Digest}}}","kernel_authcode_sha256":"0x{{{Digest}}}","initrd_plain_sha256":"0x{{{Digest}}}","kernel_cmdline":"root=.*"}],
         "mokdig":[],"mokxdig":[]}
        """;

    private const string OtherKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
        6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
        -----END PUBLIC KEY-----
        """;

    private static readonly string[] Names =
        ["meta", "version", "generator", "release", "digests", "excludes", "keyrings", "ima", "ignored_keyrings", "log_hash_alg", "dm_policy", "ima-buf", "verification-keys", "hashes", "sha256", "sha1:", Digest, "rules", "match_on", "required",
            "scrtm", "platform_firmware", "SignatureOwner", "SignatureData", "kernel_cmdline", "has_secureboot", "%keyring:.ima", "boot_aggregate"];

    private static readonly IReadOnlyList<byte[]> Dictionary = FuzzTarget.Words(Names);

    private static readonly IReadOnlyList<byte[]> ExpressionWords = FuzzTarget.Words(
        "(?x)", "#", "(?i)", "(?P<a>", "(?P=a)", "(?=", "(?!", "(?<=", "\\Z", "\\A", "\\1", "[]", "[^]", "[a-z-[aeiou]]", "{,3}", "{2,}", "*?", "(?:", ")", "|", "^", "$", "\n", ".*", "\\b", "\\p{L}", "(?#", "\\x41", "\\k<a>", "(a+)+", "\\", "é");

    /// <summary>.NET's automata take a few megabytes when made of many different characters. How large they get is bounded by .NET.</summary>
    private const long ExpressionAllocation = 64 << 20;

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("runtime-policy", RunRuntimePolicy, FuzzTarget.Words(RuntimePolicyText))
        {
            Dictionary = [.. Dictionary, .. ExpressionWords], IsJson = true, FixedAllocation = ExpressionAllocation, AllocationPerByte = 600,
        },
        new("policy-conversion", RunConversion,
        [
            .. FuzzTarget.Words(RuntimePolicyText, $"{Digest} /usr/bin/a\n{Digest}  %keyring:.ima\n", $$"""{"hashes":{"/usr/bin/a":["sha256:{{Digest}}"]},"excludes":[],"ima":{"ignored_keyrings":[]} }"""),
        ]) { Dictionary = Dictionary, IsJson = true, FixedAllocation = ExpressionAllocation, AllocationPerByte = 1500 },
        new("mb-policy", RunReferenceState, FuzzTarget.Words(ReferenceStateText, "{}")) { Dictionary = [.. Dictionary, .. ExpressionWords], IsJson = true, AllocationPerByte = 600 },
        new("tpm-policy", RunTpmPolicy, FuzzTarget.Words($$"""{"22":["{{Digest}}","0000000000000000000000000000000000000000"],"15":"{{Digest}}","mask":"0x408000"}""")) { Dictionary = FuzzTarget.Words("mask", "0x", "23", "10", Digest), IsJson = true, AllocationPerByte = 400 },
        new("dsse", RunDsse, FuzzTarget.Words("""{"payload":"e30=","payloadType":"application/vnd.keylime+json","signatures":[{"keyid":"","sig":"MAYCAQECAQE="}]}"""))
            { Dictionary = FuzzTarget.Words("payload", "payloadType", "application/vnd.keylime+json", "signatures", "sig", "keyid"), IsJson = true },
        new("dsse-key", RunDsseKey, FuzzTarget.Words(OtherKey)) { Dictionary = FuzzTarget.Words("-----BEGIN PUBLIC KEY-----\n", "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN EC PRIVATE KEY-----\n", "MFkw", "=") },
        new("excludes", RunExcludes, FuzzTarget.Words("/tmp/a\n/tmp/.*\n^/var", "/a\n(?!/b).*\n(?P<x>/)(?P=x)", "/aaaa\n(?i)/A+\n[]/-[]"))
        {
            Dictionary = ExpressionWords, MaxBytes = 400, FixedAllocation = ExpressionAllocation,
            // Each expression that looks around may run for a second and is then given up.
            MaxTime = TimeSpan.FromSeconds(4),
        },
    ];

    private static readonly Lazy<DsseEnvelope> Envelope = new(() =>
        DsseEnvelope.TryParse("""{"payload":"e30=","payloadType":"application/vnd.keylime+json","signatures":[{"keyid":"","sig":"MAYCAQECAQE="}]}"""u8.ToArray(), out var envelope, out var fault)
            ? envelope : throw new InvalidOperationException(fault.ToString()));

    internal static MeasuredBootPolicy ReferenceState(MeasuredBootEngine engine) =>
        MeasuredBootPolicy.TryParse(ReferenceStateText, engine, out var policy, out var fault) ? policy : throw new InvalidOperationException(fault.ToString());

    private static int RunRuntimePolicy(byte[] input)
    {
        if (!RuntimePolicy.TryCompile(input, out var policy, out var fault)) return Located(fault);
        Require(RuntimePolicyConversion.TryConvert(input, "", out var converted, out _) && converted.AsSpan().SequenceEqual(input), "is changed by a conversion that it does not need");
        policy.IgnoresKeyring(".ima"u8);
        return policy.PathCount;
    }

    private static int RunConversion(byte[] input)
    {
        if (!RuntimePolicyConversion.TryConvert(input, "/tmp/.*\n# none\n", out var converted, out var fault)) return Located(fault);
        Require(RuntimePolicy.TryCompile(converted, out var policy, out _), "is converted to what does not compile");
        return policy!.PathCount;
    }

    private static int RunReferenceState(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var result = 0;
        foreach (var engine in (ReadOnlySpan<MeasuredBootEngine>)[MeasuredBootEngine.AcceptAll, MeasuredBootEngine.Example, MeasuredBootEngine.Uki])
            result = HashCode.Combine(result, MeasuredBootPolicy.TryParse(text, engine, out var policy, out var fault) ? policy.IsEmpty ? 1 : 2 : Located(fault));
        return result;
    }

    private static int RunTpmPolicy(byte[] input)
    {
        if (!TpmPolicy.TryParse(Encoding.UTF8.GetString(input), out var policy, out var fault)) return Located(fault);
        foreach (var pcr in policy.PinnedPcrs) Require(!policy.Accepts(pcr, default) && policy.Describe(pcr).Length > 0, "pins a PCR to nothing");
        return (int)policy.Mask;
    }

    private static int RunDsse(byte[] input)
    {
        var isEnvelope = DsseEnvelope.IsEnvelope(input);
        if (!DsseEnvelope.TryParse(input, out var envelope, out var fault)) return Located(fault);
        Require(isEnvelope, "is read as an envelope but not recognised as one");
        Require(!envelope.IsSignedBy(OtherKey), "is signed by a key that never signed anything");
        return envelope.Payload.Length;
    }

    private static int RunDsseKey(byte[] input)
    {
        Require(!Envelope.Value.IsSignedBy(Encoding.UTF8.GetString(input)), "verifies what it never signed");
        return 0;
    }

    /// <summary>Path in the first line, expressions in the others. All together exclude what one of them excludes by itself.</summary>
    private static int RunExcludes(byte[] input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n');
        var path = Encoding.UTF8.GetBytes(lines[0]);
        var expressions = lines.Skip(1).Take(3).ToList();
        if (!ExcludeList.TryCompile(expressions, out var list, out var index, out var fault))
        {
            Require(index >= 0 && index < expressions.Count && fault.Length > 0, "is refused without a place or a reason");
            return index;
        }
        var budget = new ExpressionBudget(TimeProvider.System);
        var one = expressions.Exists(expression => ExcludeList.TryCompile([expression], out var single, out _, out _) && single.Excludes(path, budget));
        Require(list.Excludes(path, budget) == one || budget.SpentBy is not null, "excludes together other than one by one");
        return one ? 1 : 2;
    }

    private static int Located(PolicyFault fault)
    {
        Require(fault.Path.Length > 0 && (fault.Path[0] == '$' || fault.Path.StartsWith("line ", StringComparison.Ordinal)) && fault.Detail.Length > 0, "is refused without a place or a reason");
        return HashCode.Combine(fault.Path, fault.Detail);
    }
}
