namespace Keylime.Fuzz.Engine;

/// <summary>The inputs that are kept for a target: a file of base64 lines, the shortest first. Lines that begin with # are comments.</summary>
internal static class Corpus
{
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "corpus");

    public static IReadOnlyList<byte[]> Read(string folder, string target)
    {
        var path = PathOf(folder, target);
        return File.Exists(path) ? [.. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(Convert.FromBase64String)] : [];
    }

    public static void Write(string folder, string target, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(folder);
        var comments = File.Exists(PathOf(folder, target)) ? File.ReadAllLines(PathOf(folder, target)).Where(line => line is ['#', ..]) : [];
        File.WriteAllLines(PathOf(folder, target), [.. comments, .. inputs.OrderBy(input => input.Length).Select(input => Convert.ToBase64String(input))]);
    }

    private static string PathOf(string folder, string target) => Path.Combine(folder, $"{target}.txt");
}
