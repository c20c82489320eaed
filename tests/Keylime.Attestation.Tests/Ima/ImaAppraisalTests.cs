using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Testing;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Ima;

public class ImaAppraisalTests
{
    /// <summary>Where we judge otherwise than the manifest, and why.</summary>
    private static readonly Dictionary<string, (bool IsValid, string Why)> Deliberate = new()
    {
        ["ima/modsig.log"] = (true, "the manifest's verdict is that Keylime does not know the template; the PCR value is the true one"),
        ["ima/v2-templates.log"] = (true, "as modsig.log"),
        ["ima/violations.log"] = (true, "violations pass unless the operator says otherwise, as in Keylime's shipped configuration"),
    };

    public static TheoryData<string> Lists() => [.. Vectors.ArePresent ? ImaVector.Paths : []];

    [VectorTheory, MemberData(nameof(Lists))]
    public void Judges_a_published_list_as_its_manifest_says(string path)
    {
        var vector = ImaVector.Get(path);
        var isValid = Deliberate.TryGetValue(path, out var own) ? own.IsValid : vector.IsValid;

        var (position, findings) = Appraise(vector.Log, vector.Bank, vector.Pcr, vector.Policy, keys: vector.Keys);

        Assert.Equal(isValid, position is not null);
        Assert.Equal(isValid, findings.FailureCount == 0);
    }

    [VectorFact]
    public void Names_the_file_its_digest_and_what_the_policy_lists()
    {
        var vector = ImaVector.Get("ima/ng1000.log");
        var line = Encoding.UTF8.GetString(vector.Log).Split('\n')[500].Split(' ');
        var (algorithm, digest, path) = (line[3].Split(':')[0], line[3].Split(':')[1], line[4]);
        var policyText = Vectors.ReadText("ima/policies/ng1000.json").Replace(digest, new string('a', digest.Length), StringComparison.Ordinal);
        Assert.True(RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(policyText), out var policy, out _));

        var (_, findings) = Appraise(vector.Log, vector.Bank, vector.Pcr, policy);

        Assert.Equal("sha256", algorithm);
        var failure = findings.Failures.First(failure => failure.Path == path);
        Assert.Equal("ima.validation.ima-ng.runtime_policy_hash", failure.EventId);
        Assert.Equal((500L, digest, new string('a', digest.Length)), (failure.Entry!.Value, failure.Seen, failure.Expected));
    }

    [VectorFact]
    public void Goes_on_from_where_the_last_quote_stood()
    {
        var vector = ImaVector.Get("ima/ng1000.log");
        var lines = Encoding.UTF8.GetString(vector.Log).Split('\n');
        var start = ImaVector.Get("ima/prefix-995-of-1000.log");
        var (first, _) = Appraise(start.Log, start.Bank, start.Pcr, start.Policy);
        Assert.Equal((995L, 5), (first!.NextEntry, first.Lag));

        var rest = Encoding.UTF8.GetBytes(string.Join('\n', lines[995..]));
        var (next, findings) = Appraise(rest, vector.Bank, vector.Pcr, vector.Policy, first);

        Assert.Empty(findings.Failures);
        Assert.Equal(new ImaPosition(1000, vector.Pcr, 0), next);
    }

    [VectorFact]
    public void Accepts_an_empty_list_when_the_pcr_has_not_moved()
    {
        var vector = ImaVector.Get("ima/ng10.log");
        var (first, _) = Appraise(vector.Log, vector.Bank, vector.Pcr, vector.Policy);

        var (next, findings) = Appraise([], vector.Bank, vector.Pcr, vector.Policy, first);

        Assert.Empty(findings.Failures);
        Assert.Equal(first, next);
    }

    [VectorFact]
    public void Demands_that_a_list_which_ran_ahead_is_caught_up_with()
    {
        var vector = ImaVector.Get("ima/prefix-995-of-1000.log");
        var behind = new ImaPosition(0, new byte[32], Lag: 997);

        var (position, findings) = Appraise(vector.Log, vector.Bank, vector.Pcr, vector.Policy, behind);

        Assert.Null(position);
        Assert.Equal("ima.quote_progress", Assert.Single(findings.Failures).EventId);
    }

    [VectorFact]
    public void Never_matches_the_pcr_after_a_flipped_byte()
    {
        var vector = ImaVector.Get("ima/ng10.log");
        for (var i = 0; i < vector.Log.Length; i++)
        {
            var flipped = vector.Log.ToArray();
            flipped[i] ^= 1;
            var (position, _) = Appraise(flipped, vector.Bank, vector.Pcr, vector.Policy);
            // Hex has two spellings of a digit, and a line feed may become another blank; nothing else may be believed.
            if (position is not null) Assert.Equal(vector.Log, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(flipped).ToLowerInvariant()));
        }
    }

    [VectorTheory, InlineData("ima/sig-flip.log"), InlineData("ima/buf.log"), InlineData("ima/modsig.log"), InlineData("ima/v2-templates.log"), InlineData("ima/ima-legacy.log")]
    public void Judges_every_truncation_without_an_exception(string path)
    {
        var vector = ImaVector.Get(path);
        for (var length = 0; length < vector.Log.Length - 1; length += 1 + length / 512)
            Assert.Null(Appraise(vector.Log[..length], vector.Bank, vector.Pcr, vector.Policy).Position);
    }

    [Theory]
    [InlineData("10", "has a template hash")]
    [InlineData("-1 00 ima-ng sha1:00 /a", "does not begin with a PCR number")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ng2 sha1:00 /a", "unknown template ima-ng2")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ng", "has no name")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ng sha1:0g /a", "malformed digest")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ng sha1:000 /a", "malformed digest")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ng :00 /a", "malformed digest")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ng sha1:00", "has no name")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima 00 /a", "not 16 or 20 hex bytes")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-ngv2 xyz:sha1:00 /a", "malformed digest")]
    [InlineData("10 b9c513049867a85322fc7f42760472ccaa0b71f8 ima-buf sha1:00 .ima 0", "not hex")]
    public void Rejects_a_malformed_entry_and_says_why(string line, string why)
    {
        var (position, findings) = Appraise(Encoding.UTF8.GetBytes(line + "\n"), TpmAlgorithm.Sha256, new byte[32], null);

        Assert.Null(position);
        var failure = findings.Failures[0];
        Assert.Equal("ima.parser.entry", failure.EventId);
        Assert.Contains(why, failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeps_few_failures_of_a_list_that_is_all_wrong()
    {
        var log = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("nonsense\n", 100_000)));

        var (_, findings) = Appraise(log, TpmAlgorithm.Sha256, [.. Enumerable.Repeat((byte)1, 32)], null);

        Assert.Equal(1001, findings.FailureCount);
        Assert.Equal(32, findings.Failures.Count);
    }

    [VectorFact]
    public void Fails_violations_when_the_operator_says_so()
    {
        var vector = ImaVector.Get("ima/violations.log");

        var (position, findings) = Appraise(vector.Log, vector.Bank, vector.Pcr, vector.Policy, violationsFail: true);

        Assert.Null(position);
        Assert.Equal(vector.KeylimeFailures, findings.Failures.Select(failure => failure.EventId).Distinct());
    }

    public static TheoryData<string> ListsOfOldKernels() =>
        [.. Vectors.ArePresent ? Vectors.Manifest("ima-log", "ima/").Where(file => file.GetProperty("expected").TryGetProperty("pcr10_sha256_bank_if_kernel_pads_sha1", out _))
            .Select(file => file.GetProperty("path").GetString()!) : []];

    [VectorTheory, MemberData(nameof(ListsOfOldKernels))]
    public void Recognises_a_kernel_that_pads_sha1(string path)
    {
        var log = Vectors.Read(path);
        var padded = Vectors.Manifest("ima-log", path).Single().GetProperty("expected").GetProperty("pcr10_sha256_bank_if_kernel_pads_sha1").GetString()!;
        // What the list holds is another test's matter: here the verdict is about the PCR alone.
        var (_, findings) = Appraise(log, TpmAlgorithm.Sha256, Convert.FromHexString(padded), null);
        Assert.DoesNotContain("ima.pcr_mismatch", findings.Failures.Select(failure => failure.EventId));
    }

    [VectorFact]
    public void Goes_on_with_a_kernel_that_pads_sha1_and_does_not_mix_the_rules()
    {
        var lines = Encoding.UTF8.GetString(Vectors.Read("ima/ng1000.log")).Split('\n')[..1000].Select(line => line + "\n").ToArray();
        byte[] List(Range range) => Encoding.UTF8.GetBytes(string.Concat(lines[range]));
        var policy = ImaVector.Get("ima/ng1000.log").Policy;
        var (first, _) = Appraise(List(..400), TpmAlgorithm.Sha256, PaddedPcr(lines[..400]), policy);
        Assert.True(first!.PadsSha1);
        Assert.True(AppraisalState.TryParse(new AppraisalState { Ima = first }.Write(), out var stored));
        Assert.Equal(first, stored.Ima);

        var (next, findings) = Appraise(List(400..), TpmAlgorithm.Sha256, PaddedPcr(lines), policy, first);

        Assert.Empty(findings.Failures);
        Assert.Equal(1000, next!.NextEntry);
        // From a position of a newer kernel the older rule is no way out.
        Assert.Null(Appraise(List(400..), TpmAlgorithm.Sha256, PaddedPcr(lines), policy, first with { PadsSha1 = false }).Position);
    }

    [Theory]
    [InlineData("ima-cgpath", "/usr/bin/dockerd:swapper/0 /kubepods/pod1/abc ")]
    [InlineData("ima-dep-cgn", "/usr/bin/runc:swapper/0 abc ")]
    public void Judges_the_file_of_a_container_by_its_path(string template, string leading)
    {
        var digest = new string('a', 64);
        var log = LineOf(template, leading, digest, "/usr/bin/tool", out var data);
        Assert.True(RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes($$"""
            {"meta":{"version":1,"generator":0},"release":0,"digests":{"/usr/bin/tool":["{{digest}}"]},"excludes":[],"keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}
            """), out var policy, out _));
        var pcr = SHA256.HashData([.. new byte[32], .. SHA256.HashData(data)]);

        Assert.NotNull(Appraise(log, TpmAlgorithm.Sha256, pcr, policy).Position);
        // The control group is hashed with the rest.
        var moved = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(log).Replace("abc", "abd", StringComparison.Ordinal));
        Assert.Null(Appraise(moved, TpmAlgorithm.Sha256, pcr, policy).Position);
    }

    private static byte[] LineOf(string template, string leading, string digestHex, string path, out byte[] data)
    {
        var bytes = new List<byte>();
        void Add(byte[] field) => bytes.AddRange([.. BitConverter.GetBytes(field.Length), .. field]);
        foreach (var text in leading.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Add([.. Encoding.UTF8.GetBytes(text), 0]);
        Add([.. "sha256:\0"u8, .. Convert.FromHexString(digestHex)]);
        Add([.. Encoding.UTF8.GetBytes(path), 0]);
        data = [.. bytes];
        return Encoding.UTF8.GetBytes($"10 {Convert.ToHexStringLower(SHA1.HashData(data))} {template} {leading}sha256:{digestHex} {path}\n");
    }

    /// <summary>PCR 10 of a kernel before Linux 5.8: every bank is extended with the SHA-1 template hash and zeros.</summary>
    private static byte[] PaddedPcr(IEnumerable<string> lines) => lines.Aggregate(new byte[32],
        (pcr, line) => SHA256.HashData([.. pcr, .. Convert.FromHexString(line.Split(' ')[1]), .. new byte[12]]));

    [VectorFact]
    public void Allocates_nothing_per_entry()
    {
        var vector = ImaVector.Get("ima/ng1000.log");
        var ten = Encoding.UTF8.GetBytes(string.Concat(Encoding.UTF8.GetString(vector.Log).Split('\n')[..10].Select(line => line + "\n")));
        Appraise(vector.Log, vector.Bank, vector.Pcr, vector.Policy);

        Assert.Equal(AllocatedBy(() => Appraise(ten, vector.Bank, new byte[32], vector.Policy)),
            AllocatedBy(() => Appraise(vector.Log, vector.Bank, new byte[32], vector.Policy)), 1024.0);
    }

    private static double AllocatedBy(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static (ImaPosition? Position, Findings Findings) Appraise(
        byte[] log, TpmAlgorithm bank, byte[] pcr, RuntimePolicy? policy, ImaPosition? start = null, bool violationsFail = false, ImaKeyring? keys = null)
    {
        var findings = new Findings();
        return (ImaAppraisal.Appraise(log, start, bank, pcr, new(policy, keys ?? ImaKeyring.Empty, violationsFail, new(TimeProvider.System)), findings), findings);
    }
}
