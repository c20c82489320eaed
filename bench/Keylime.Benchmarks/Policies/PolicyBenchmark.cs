using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keylime.Attestation.Policies;
using Keylime.Benchmarks.Ima;

namespace Keylime.Benchmarks.Policies;

/// <summary>What does it cost to compile a policy of 100,000 digests over reading its JSON alone, and to look a path up in it over a dictionary of strings?</summary>
internal static class PolicyBenchmark
{
    private const int Paths = 100_000;
    private const int Lookups = 1_000;

    public static void Run(Report report)
    {
        var (_, _, _, text) = ImaBenchmark.MakeList(Paths);
        var (compiled, json) = Measurement.Compare(() => Compile(text), () => ReadJson(text));
        report.Add("policy of 100,000 digests, compiled", compiled, json);

        var table = Compile(text).Files;
        var names = Enumerable.Range(0, Paths).Where(i => i % (Paths / Lookups) == 0).Select(i => $"/usr/lib/x86_64-linux-gnu/some-package-{i % 97}/module-{i}.so.1.2").ToArray();
        var dictionary = names.ToDictionary(name => name, StringComparer.Ordinal);
        var utf8 = names.Select(Encoding.UTF8.GetBytes).ToArray();
        var digests = utf8.Select(name => SHA256.HashData(name)).ToArray();
        var (lookup, floor) = Measurement.Compare(
            () => Count(utf8.Length, i => table.Match(utf8[i], digests[i]) == DigestMatch.Listed),
            () => Count(names.Length, i => dictionary.ContainsKey(names[i])),
            Lookups);
        report.Add("policy lookup", lookup, floor);
    }

    private static RuntimePolicy Compile(byte[] text) =>
        RuntimePolicy.TryCompile(text, out var policy, out var fault) ? policy : throw new InvalidOperationException(fault.ToString());

    private static void ReadJson(byte[] text)
    {
        var reader = new Utf8JsonReader(text);
        while (reader.Read()) { }
    }

    private static void Count(int count, Func<int, bool> isListed)
    {
        for (var i = 0; i < count; i++)
            if (!isListed(i)) throw new InvalidOperationException("The benchmark looks for something that is not there.");
    }
}
