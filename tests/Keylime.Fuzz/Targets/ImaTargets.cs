using System.Text;
using Keylime.Attestation;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Ima.DeviceMapper;
using Keylime.Attestation.Policies;
using Keylime.Fuzz.Engine;
using Keylime.Tpm;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>IMA lists, their entries, keys and signatures, and the device mapper's events.</summary>
internal static class ImaTargets
{
    private const string Zeros = "0000000000000000000000000000000000000000";
    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly IReadOnlyList<byte[]> Dictionary = FuzzTarget.Words(
        "10 ", " ima ", " ima-ng ", " ima-sig ", " ima-buf ", " ima-ngv2 ", " ima-sigv2 ", " ima-modsig ", " ima-cgpath ", " ima-dep-cgn ", " sha1:", " sha256:", " sha384:", " sha512:", " md5:",
        " ima:sha256:", " verity:sha256:", Zeros, Digest, "boot_aggregate", "/usr/bin/a", ".ima", "dm_table_load", "\n", "\r\n", " ", "030204", "0602");

    private static readonly string[] EventKinds = ["dm_table_load", "dm_device_resume", "dm_device_remove", "dm_table_clear", "dm_device_rename", "dm_target_update"];

    private static readonly string[] EventWords =
        ["dm_version=4.45.0;", "name=", "uuid=", "major=253", "minor=0", "minor_count=1", "num_targets=1;", "target_index=0", "target_begin=0", "target_len=8", "target_name=verity", "target_version=1.8.0", "\\,", ";", ",",
            "new_name=b", "new_uuid=", "active_table_hash=sha256:00", "remove_all=n", "current_device_capacity=8;", "device_active_metadata=", "device_inactive_metadata="];

    private static readonly RuntimePolicy Policy = PolicyOf($$"""
        {"meta":{"version":1,"generator":2},"release":0,"digests":{"/usr/bin/a":["{{Digest}}"],"boot_aggregate":["{{Digest}}"]},"excludes":["/tmp/.*"],
         "keyrings":{".ima":["{{Digest}}"]},"ima":{"ignored_keyrings":[".blacklist"],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{"kexec-cmdline":["{{Digest}}"]},"verification-keys":""}
        """);

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("ima-list", RunList, Lists()) { Dictionary = Dictionary, AllocationPerByte = 600 },
        new("ima-entry", RunEntry, [.. Entries().Select(Encoding.UTF8.GetBytes)]) { Dictionary = Dictionary },
        new("ima-written-entry", RunWrittenEntry, [Encoding.UTF8.GetBytes(ImaNgEntry.Create(TpmAlgorithm.Sha256, new byte[32], "/usr/bin/a").Line)]) { Dictionary = Dictionary },
        new("ima-signature", RunSignature, [[0, 3, 2, 4, 1, 2, 3, 4, 0, 2, 5, 6], [4, 6, 3, 4, 1, 2, 3, 4, 0, 1, 5]]) { Dictionary = [[3, 2, 4], [6, 3, 4], [5, 2, 2]] },
        new("ima-key", RunKey, []) { Dictionary = [[0x30, 0x59, 0x30, 0x13], [0x30, 0x82], [6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1], .. FuzzTarget.Words("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----\n")] },
        new("ima-keyring", RunKeyring, FuzzTarget.Words("""{"meta":{"version":1},"release":1,"pubkeys":["MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"],"keyids":[1]}""", "{\"pubkeys\":[],\"keyids\":[]}"))
            { Dictionary = FuzzTarget.Words("pubkeys", "keyids", "MFkw"), IsJson = true },
        new("dm-event", RunDeviceMapper, [.. Events().Select(Encoding.UTF8.GetBytes)]) { Dictionary = FuzzTarget.Words(EventWords), AllocationPerByte = 400 },
    ];

    /// <summary>A list judged at once, and in two pieces with the state stored between them, comes to the same.</summary>
    private static int RunList(byte[] input)
    {
        var rules = new ImaRules(Policy, ImaKeyring.Empty, ViolationsFail: false, new(TimeProvider.System));
        var pcr = ImaListReplay.Replay(input, TpmAlgorithm.Sha256);
        var findings = new Findings();
        var position = ImaAppraisal.Appraise(input, null, TpmAlgorithm.Sha256, pcr, rules, findings);
        Require(position is not null || findings.FailureCount > 0, "is refused without a failure");
        foreach (var failure in findings.Failures) Require(failure.EventId.Length > 0 && failure.Detail.Length > 0, "has a failure that says nothing");
        if (position is null) return findings.FailureCount;

        var count = ImaListReplay.CountEntries(input);
        Require(position.NextEntry + position.Lag == count, "has a position that does not count all entries");
        var end = input.AsSpan(0, input.Length / 2).LastIndexOf((byte)'\n') + 1;
        var first = input.AsSpan(0, end);
        var half = ImaAppraisal.Appraise(first, null, TpmAlgorithm.Sha256, ImaListReplay.Replay(first, TpmAlgorithm.Sha256), rules, new Findings());
        // A policy that was set is not content with an empty list, so that nothing is no prefix.
        if (half is null || half.Lag > 0 || position.Lag > 0) return 1;
        var state = new AppraisalState { Ima = half };
        Require(AppraisalState.TryParse(state.Write(), out var stored) && stored.Ima!.Equals(half), "has a position that cannot be stored");
        var rest = ImaAppraisal.Appraise(input.AsSpan(end), stored!.Ima, TpmAlgorithm.Sha256, pcr, rules, new Findings());
        Require(rest is not null && rest.Equals(position), "comes to something else in two pieces");
        return 2;
    }

    private static int RunEntry(byte[] input)
    {
        var scratch = new byte[ImaEntry.ScratchBytes(input.Length)];
        if (!ImaEntry.TryParse(input, scratch, out var entry, out var fault))
        {
            Require(fault is { Length: > 0 }, "is refused without a reason");
            return fault!.Length;
        }
        Require(entry.Pcr is >= 0 and < 32 && !entry.Name.IsEmpty && !entry.Digest.IsEmpty, "lacks what every entry has");
        Require(entry.TemplateData.Length >= entry.Digest.Length + entry.Name.Length, "hashes less than it holds");
        Require(entry.TemplateData.IndexOf(entry.Name) >= 0, "does not hash its name");
        _ = entry.BufferHasDigest();
        return entry.TemplateData.Length;
    }

    private static int RunWrittenEntry(byte[] input)
    {
        var line = Encoding.UTF8.GetString(input);
        if (!ImaNgEntry.TryParse(line, out var entry)) return 0;
        Require(entry.Line == line, "is not written as it was read");
        var list = Encoding.UTF8.GetBytes(line + "\n");
        // What one side writes the other side replays.
        Require(ImaListReplay.Replay(list, TpmAlgorithm.Sha256).AsSpan().SequenceEqual(Extended(entry)), "is replayed to another PCR than it extends");
        return 1;

        static byte[] Extended(ImaNgEntry entry)
        {
            var pcr = new byte[32];
            TpmAlgorithm.Sha256.Extend(pcr, entry.ComputeExtendDigest(TpmAlgorithm.Sha256));
            return pcr;
        }
    }

    /// <summary>The first byte says what digest the signature has to go with.</summary>
    private static int RunSignature(byte[] input)
    {
        if (input.Length == 0) return 0;
        var (template, digest, digits) = (input[0] % 5) switch
        {
            0 => ("ima-sigv2", "ima:sha256", 64),
            1 => ("ima-sig", "sha1", 40),
            2 => ("ima-sig", "sha512", 128),
            3 => ("ima-sig", "md5", 32),
            _ => ("ima-sigv2", "verity:sha384", 96),
        };
        var line = Encoding.ASCII.GetBytes($"10 {new string('1', 40)} {template} {digest}:{new string('2', digits)} /f {Convert.ToHexStringLower(input.AsSpan(1))}");
        return ImaEntry.TryParse(line, new byte[ImaEntry.ScratchBytes(line.Length)], out var entry, out _) && ImaSignature.TryParse(entry, out var signature) ? (int)signature.KeyId : -1;
    }

    private static int RunKey(byte[] input)
    {
        var kind = ImaKey.Read(input, out var key);
        Require(kind == ImaKeyKind.Usable == key is not null, "is usable without a key, or the other way round");
        if (key is null) return (int)kind;
        Require(ImaKey.TryReadPublicKey(key.SubjectPublicKeyInfo, key.Id, out var again), "cannot be read after it was written");
        Require(again!.SubjectPublicKeyInfo.AsSpan().SequenceEqual(key.SubjectPublicKeyInfo), "is another key after it was written");
        Require(!key.Verify(System.Security.Cryptography.HashAlgorithmName.SHA256, new byte[32], new byte[64]), "verifies nothing at all");
        return (int)key.Id;
    }

    private static int RunKeyring(byte[] input)
    {
        if (ImaKeyring.TryParse(Encoding.UTF8.GetString(input), out var keyring, out var path, out var fault)) return keyring.Count;
        Require(path is ['$', ..] && fault.Length > 0, "is refused without a place or a reason");
        return HashCode.Combine(path, fault);
    }

    private static int RunDeviceMapper(byte[] input)
    {
        if (input.Length == 0) return 0;
        var kind = EventKinds[input[0] % EventKinds.Length];
        if (DeviceMapperEvent.TryParse(kind, input.AsSpan(1), out var parsed, out var fault))
        {
            Require(kind == "dm_device_remove" || parsed.Device.ContainsKey("name"), "is about no device");
            return parsed.Targets.Count;
        }
        Require(fault.Length > 0, "is refused without a reason");
        return fault.Length;
    }

    private static RuntimePolicy PolicyOf(string text) =>
        RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(text), out var policy, out var fault) ? policy : throw new InvalidOperationException(fault.ToString());

    private static IReadOnlyList<byte[]> Lists() =>
    [
        Encoding.UTF8.GetBytes(string.Concat(Entries().Select(entry => entry + "\n"))),
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 4).Select(i => ImaNgEntry.Create(TpmAlgorithm.Sha256, Convert.FromHexString(Digest), i == 0 ? "boot_aggregate" : "/usr/bin/a").Line + "\n"))),
    ];

    private static IEnumerable<string> Entries() =>
    [
        $"10 {Zeros} ima {Zeros} /usr/bin/a",
        $"10 {Zeros} ima-ng sha256:{Digest} /usr/bin/a b",
        $"10 {Zeros} ima-sig sha256:{Digest} /usr/bin/a 03020401020304000105",
        $"10 {Zeros} ima-sig sha1:{Zeros} /usr/bin/a ",
        $"10 {Zeros} ima-buf sha256:{Digest} .ima 3059301306072a8648ce3d0201",
        $"10 {Zeros} ima-ngv2 ima:sha256:{Digest} /usr/bin/a",
        $"10 {Zeros} ima-sigv2 verity:sha256:{Digest} /usr/bin/a 060304010203040001ff",
        $"10 {Zeros} ima-modsig sha256:{Digest} /usr/bin/a  sha256:{Digest} 00ff",
        $"10 {Zeros} ima-cgpath init /system.slice sha256:{Digest} /usr/bin/a",
        $"10 {Zeros} ima-dep-cgn runc:systemd host sha256:{Digest} /usr/bin/a",
    ];

    private static IEnumerable<string> Events() =>
    [
        "\0dm_version=4.45.0;name=a,uuid=b,major=253,minor=0,minor_count=1,num_targets=1;target_index=0,target_begin=0,target_len=8,target_name=linear,target_version=1.4.0,device_name=7:0,start=0;",
        "\u0001dm_version=4.45.0;name=a,uuid=b,major=253,minor=0,minor_count=1,num_targets=1;active_table_hash=sha256:00;current_device_capacity=8;",
        "\u0002dm_version=4.45.0;device_active_metadata=name=a,uuid=b,major=253,minor=0,minor_count=1,num_targets=1;active_table_hash=sha256:00;remove_all=n;current_device_capacity=8;",
        "\u0004dm_version=4.45.0;name=a,uuid=b,major=253,minor=0,minor_count=1,num_targets=1;new_name=c,new_uuid=;current_device_capacity=8;",
    ];
}
