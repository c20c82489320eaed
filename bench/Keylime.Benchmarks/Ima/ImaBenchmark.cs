using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Benchmarks.Ima;

/// <summary>What does an entry of an IMA list cost, replayed and looked up in the policy, over its three hashes alone?</summary>
internal static class ImaBenchmark
{
    /// <summary>As many as a server's boot measures; what an appraisal allocates once is less than a byte an entry then.</summary>
    private const int Entries = 2_000;

    public static void Run(Report report)
    {
        var (log, pcr, templates, policyText) = MakeList(Entries);
        if (!RuntimePolicy.TryCompile(policyText, out var policy, out var fault)) throw new InvalidOperationException(fault.ToString());
        var rules = new ImaRules(policy, ImaKeyring.Empty, ViolationsFail: true, new(TimeProvider.System));
        var (measured, floor) = Measurement.Compare(
            () => Appraise(log, pcr, rules),
            () => HashAlone(templates),
            Entries);
        report.Add("IMA entry, replayed and looked up", measured, floor);
    }

    /// <summary>A list like a real one, the PCR it replays to, what was hashed, and a policy that lists all of it.</summary>
    public static (byte[] Log, byte[] Pcr, byte[][] Templates, byte[] Policy) MakeList(int entries)
    {
        var (log, digests) = (new StringBuilder(), new StringBuilder());
        var templates = new byte[entries][];
        var pcr = new byte[32];
        for (var i = 0; i < entries; i++)
        {
            var path = $"/usr/lib/x86_64-linux-gnu/some-package-{i % 97}/module-{i}.so.1.2";
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(path));
            byte[] digestField = [.. "sha256:\0"u8, .. digest];
            byte[] nameField = [.. Encoding.UTF8.GetBytes(path), 0];
            templates[i] = [.. BitConverter.GetBytes(digestField.Length), .. digestField, .. BitConverter.GetBytes(nameField.Length), .. nameField];
            pcr = SHA256.HashData([.. pcr, .. SHA256.HashData(templates[i])]);
            var hex = Convert.ToHexStringLower(digest);
            log.Append("10 ").Append(Convert.ToHexStringLower(SHA1.HashData(templates[i]))).Append(" ima-ng sha256:").Append(hex).Append(' ').Append(path).Append('\n');
            digests.Append(i == 0 ? "" : ",").Append('"').Append(path).Append("\":[\"").Append(hex).Append("\"]");
        }
        var policy = $$"""
            {"meta":{"version":1,"generator":0},"release":0,"digests":{{{digests}}},"excludes":["/tmp/.*"],"keyrings":{},
             "ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}
            """;
        return (Encoding.UTF8.GetBytes(log.ToString()), pcr, templates, Encoding.UTF8.GetBytes(policy));
    }

    private static void Appraise(byte[] log, byte[] pcr, ImaRules rules)
    {
        var findings = new Findings();
        if (ImaAppraisal.Appraise(log, null, TpmAlgorithm.Sha256, pcr, rules with { Budget = new(TimeProvider.System) }, findings) is null)
            throw new InvalidOperationException("The benchmark's own list was rejected.");
    }

    private static void HashAlone(byte[][] templates)
    {
        // As fast as .NET hashes short messages: one context for all of them.
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> joined = stackalloc byte[64];
        joined.Clear();
        Span<byte> logged = stackalloc byte[20];
        foreach (var template in templates)
        {
            Hash(sha1, template, logged);
            Hash(sha256, template, joined[32..]);
            Hash(sha256, joined, joined);
        }
    }

    private static void Hash(IncrementalHash hash, ReadOnlySpan<byte> data, Span<byte> digest)
    {
        hash.AppendData(data);
        hash.GetHashAndReset(digest);
    }
}
