using System.IO.Compression;
using System.Text.Json;

namespace Keylime.Testing;

/// <summary>The published test vectors: <c>../shared/vectors</c>, beside the repository's root. Paths are relative to it, as in its manifest.</summary>
public static class Vectors
{
    private static readonly string? Root = FindRoot();

    public static bool ArePresent => Root is not null;

    /// <summary>A file's bytes, unpacked when its name ends in <c>.gz</c>.</summary>
    public static byte[] Read(string path)
    {
        var bytes = File.ReadAllBytes(PathOf(path));
        if (!path.EndsWith(".gz", StringComparison.Ordinal)) return bytes;
        using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    public static string ReadText(string path) => File.ReadAllText(PathOf(path));

    public static JsonElement ReadJson(string path) => JsonSerializer.Deserialize<JsonElement>(Read(path));

    public static bool Exists(string path) => Root is not null && File.Exists(PathOf(path));

    /// <summary>The manifest's records of one kind whose path begins with <paramref name="under"/>.</summary>
    public static IEnumerable<JsonElement> Manifest(string kind, string under = "") =>
        ReadJson("manifest.json").GetProperty("files").EnumerateArray()
            .Where(file => file.GetProperty("kind").GetString() == kind && file.GetProperty("path").GetString()!.StartsWith(under, StringComparison.Ordinal));

    /// <summary>Relative paths of the files of a name below a folder.</summary>
    public static IEnumerable<string> Files(string folder, string name) =>
        Directory.EnumerateFiles(PathOf(folder), name, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root!, file)).Order(StringComparer.Ordinal);

    private static string PathOf(string path) =>
        Path.Combine(Root ?? throw new InvalidOperationException("No vectors here: use VectorFact or VectorTheory."), path);

    private static string? FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "vectors");
            if (File.Exists(Path.Combine(candidate, "manifest.json"))) return candidate;
        }
        return null;
    }
}
