using System.Text.RegularExpressions;

namespace Keylime.Architecture.Tests;

/// <summary>What must not stand in the tree.</summary>
public sealed partial class TreeTests
{
    [Fact]
    public void Lock_files_and_build_files_hold_no_registry_address()
    {
        var files = new[] { "packages.lock.json", "*.props", "*.targets", "*.csproj", "*.sh", "nuget.config" }.SelectMany(Repository.SourceFiles);
        Assert.All(files, file => Assert.DoesNotMatch(RegistryAddress(), File.ReadAllText(file)));
    }

    [Fact]
    public void Every_project_has_a_lock_file() =>
        Assert.All(Repository.References.Keys, project =>
            Assert.True(File.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, "packages.lock.json")), project));

    /// <summary>Patterns such as <c>bin/</c> also hit folders that are content, and what is ignored is missing only in a fresh clone.</summary>
    [Fact]
    public void The_workload_of_the_developers_machines_is_complete() =>
        Assert.All(new[] { "etc/inventory.conf", "usr/bin/inventory", "usr/lib/inventory/report.sh" },
            file => Assert.True(File.Exists(Path.Combine(Repository.Root, "Keylime.AppHost", "Workload", file)), file));

    [GeneratedRegex(@"https?://[a-z0-9.-]*(nuget|npmjs|debian|ubuntu)\.(org|com)", RegexOptions.IgnoreCase)]
    private static partial Regex RegistryAddress();
}
