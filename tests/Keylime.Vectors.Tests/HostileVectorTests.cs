using System.Collections.Concurrent;
using System.Globalization;
using Keylime.Attestation;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Quotes;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Structures;
using Keylime.Vectors.Judges;

namespace Keylime.Vectors.Tests;

/// <summary>Every truncation and every flipped byte of every small vector is judged: to a verdict, or to an error that says where.</summary>
public sealed class HostileVectorTests
{
    private const int SmallBytes = 1536;
    /// <summary>What judging one small file may take, what it is judged with included. A count that is believed takes gigabytes.</summary>
    private const long MaxAllocatedBytes = 32 << 20;

    /// <summary>Kinds that hold what other programs printed of a vector, not what a machine or an operator sends.</summary>
    private static readonly string[] Printed = ["ek-cert-text", "eventlog-expected-yaml", "attestation-bundle"];

    [Fact]
    public void Bears_every_truncation_and_flip_of_its_own_tree() => JudgeAll(Path.Combine(AppContext.BaseDirectory, "tree"));

    [VectorFact]
    public void Bears_every_truncation_and_flip_of_the_published_tree() => JudgeAll(VectorTree.FindBeside(AppContext.BaseDirectory)!);

    [VectorFact]
    public void Says_where_a_structure_of_a_quote_is_malformed() => Assert.All(Testing.Vectors.Files("tpm/quote", "cases.json"), path =>
    {
        Assert.True(VectorTree.TryOpen(VectorTree.FindBeside(AppContext.BaseDirectory)!, out var tree, out _));
        var vector = tree.ReadJson(path).Items("cases").First(one => JudgedCases.Verdict(one, "valid") == true);
        using var key = KeyFiles.Read(tree, Path.GetDirectoryName(path)!);
        var (attest, signature, pcrs, nonce) = (vector.Bytes("attest"), vector.Bytes("sig"), vector.Bytes("pcrs"), vector.Hex("nonce_hex"));
        Judge(attest, bytes => Attest.TryParse(bytes, out _, out var error) ? null : error, bytes => VerifiedQuote.TryVerify(bytes, signature, pcrs, key, nonce, out _, out _));
        Judge(signature, bytes => Signature.TryParse(bytes, out _, out var error) ? null : error, bytes => VerifiedQuote.TryVerify(attest, bytes, pcrs, key, nonce, out _, out _));
        // What the blob holds beside selection and values is not signed for, so a flip there may pass; a truncation never does.
        Judge(pcrs, bytes => PcrBlob.TryParse(bytes, out _, out var error) ? null : error, bytes => bytes.Length < pcrs.Length && VerifiedQuote.TryVerify(attest, signature, bytes, key, nonce, out _, out _));
    });

    [Fact]
    public void Says_where_a_boot_log_is_malformed()
    {
        var log = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "tree/boot/log.bin"));
        foreach (var bytes in Mutate(log))
            if (!BootLog.TryParse(bytes, out _, out var error)) Assert.InRange(error.Offset, 0, bytes.Length);
    }

    [Fact]
    public void Bears_every_truncation_and_flip_of_a_stored_state()
    {
        var state = Convert.FromBase64String(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "evidence/state.txt")));
        foreach (var bytes in Mutate(state))
            if (AppraisalState.TryParse(bytes, out var parsed) && bytes.Length > 0) Assert.Equal(bytes, parsed.Write());
    }

    private static void JudgeAll(string root)
    {
        Assert.True(VectorTree.TryOpen(root, out var tree, out var fault), fault);
        var small = tree.Files.Where(file => !Printed.Contains(file.Kind) && new FileInfo(Path.Combine(root, file.Path)).Length <= SmallBytes).ToList();
        Assert.NotEmpty(small);
        var faults = new ConcurrentBag<string>();
        Parallel.ForEach(small, file => JudgeMutations(tree, file, faults));
        Assert.Empty(faults.Take(20));
    }

    private static void JudgeMutations(VectorTree tree, VectorFile file, ConcurrentBag<string> faults)
    {
        Assert.True(VectorKinds.TryFind(file.Kind, out var judge) || file.Kind == "notes", file.Kind);
        if (judge is null) return;
        var original = tree.Read(file.Path);
        Drain(judge, tree, file); // What is read once and kept is no part of a judgement's cost.
        foreach (var bytes in Mutate(original))
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var judgements = Drain(judge, tree.With(file.Path, bytes), file);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > MaxAllocatedBytes) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {allocated} bytes for {Convert.ToHexStringLower(bytes)}"));
            foreach (var judgement in judgements)
                if (judgement.Detail.StartsWith("threw ", StringComparison.Ordinal)) faults.Add($"{judgement.Case}: {judgement.Detail} for {Convert.ToHexStringLower(bytes)}");
        }
    }

    private static List<Judgement> Drain(VectorKinds.Judge judge, VectorTree tree, VectorFile file) => [.. JudgedCases.Guarded(file.Path, () => judge(tree, file))];

    private static void Judge(byte[] good, Func<byte[], ParseError?> parse, Func<byte[], bool> verify)
    {
        foreach (var bytes in Mutate(good))
        {
            if (parse(bytes) is { } error)
            {
                Assert.NotEqual(ParseFault.None, error.Fault);
                Assert.InRange(error.Offset, 0, bytes.Length);
            }
            Assert.False(verify(bytes), Convert.ToHexStringLower(bytes));
        }
    }

    private static IEnumerable<byte[]> Mutate(byte[] good)
    {
        for (var i = 0; i < good.Length; i++)
        {
            yield return good[..i];
            var flipped = good.ToArray();
            flipped[i] ^= (byte)(1 << (i % 8));
            yield return flipped;
        }
    }
}
