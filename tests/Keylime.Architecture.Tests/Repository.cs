using System.Xml.Linq;

namespace Keylime.Architecture.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every project: its path relative to the root, and the projects that it references.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> References { get; } = SourceFiles("*.csproj").ToDictionary(Relative, ReadReferences);

    public static IEnumerable<string> SourceFiles(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Where(path => !Relative(path).Split('/').Any(part => part is "artifacts" or "bin" or "obj" or ".git" or ".keylime"));

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IReadOnlyList<string> ReadReferences(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => (string)reference.Attribute("Include")!)
            .Select(include => Relative(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, include.Replace('\\', '/')))))];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Keylime.Aspire.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests do not run below a checkout.");
    }
}
