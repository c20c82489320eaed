using System.Text;
using System.Text.RegularExpressions;

namespace Keylime.Architecture.Tests;

/// <summary>The documentation's pages: what they link to is there, and nothing stands in one twice.</summary>
public sealed partial class PageTests
{
    public static TheoryData<string> Pages => [.. Repository.SourceFiles("*.md").Select(Repository.Relative)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        Assert.All(Link().Matches(WithoutCode(page)).Select(link => link.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)), target =>
        {
            var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, null);
            var file = path.Length == 0 ? Path.Combine(Repository.Root, page) : Path.GetFullPath(Path.Combine(folder, path));
            Assert.True(Path.Exists(file), $"{page} links to {target}, which is not there");
            if (anchor is not null) Assert.True(Headings(Repository.Relative(file)).Select(Anchor).Contains(anchor), $"{page} links to {target}, which has no such heading");
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void No_heading_stands_in_a_page_twice(string page)
    {
        if (page == "CHANGELOG.md") return; // Each release has the same ones.
        var headings = Headings(page).ToList();
        Assert.Equal(headings.Distinct(StringComparer.Ordinal), headings);
    }

    private static IEnumerable<string> Headings(string page) => Heading().Matches(WithoutCode(page)).Select(heading => heading.Groups[1].Value.Trim());

    /// <summary>As Git hosts make them: lower case, without punctuation, hyphens for spaces.</summary>
    private static string Anchor(string heading)
    {
        var anchor = new StringBuilder();
        foreach (var c in heading.ToLowerInvariant())
            if (c == ' ') anchor.Append('-');
            else if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(c);
        return anchor.ToString();
    }

    private static string WithoutCode(string page) => CodeBlock().Replace(File.ReadAllText(Path.Combine(Repository.Root, page)), "");

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^##+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
