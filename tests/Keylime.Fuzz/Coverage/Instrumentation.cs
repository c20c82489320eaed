using SharpFuzz;

namespace Keylime.Fuzz.Coverage;

/// <summary>Makes a copy of this program whose parsers count the edges that they take.</summary>
internal static class Instrumentation
{
    private static readonly string[] Assemblies =
        ["Keylime.Tpm", "Keylime.Attestation", "Keylime.Protocol", "Keylime.Sharding", "Keylime.Client", "Keylime.ServiceDefaults", "Keylime.Gateway", "Keylime.Registrar"];

    public static void CopyTo(string folder)
    {
        foreach (var source in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(AppContext.BaseDirectory, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target, overwrite: true);
        }
        foreach (var assembly in Assemblies)
        {
            Fuzzer.Instrument(Path.Combine(folder, $"{assembly}.dll"), IsInstrumented, Options.Value);
        }
    }

    /// <summary>Source-generated serializers are JSON's own business and would drown what is ours.</summary>
    private static bool IsInstrumented(string type) => !type.Contains("Json", StringComparison.Ordinal) || !type.StartsWith("Keylime.Protocol", StringComparison.Ordinal);
}
