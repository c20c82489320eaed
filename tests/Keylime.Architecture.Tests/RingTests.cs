namespace Keylime.Architecture.Tests;

/// <summary>Dependencies point down: programs, then adapters, then core. Programs never reference each other.</summary>
public sealed class RingTests
{
    public static TheoryData<string> Projects => [.. Repository.References.Keys.Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Projects))]
    public void References_point_downwards(string project)
    {
        var forbidden = Repository.References[project].Where(reference => !MayReference(project, reference));
        Assert.Empty(forbidden);
    }

    [Fact]
    public void The_leaves_of_the_core_reference_nothing()
    {
        foreach (var leaf in new[] { "Keylime.Tpm", "Keylime.Protocol", "Keylime.Sharding" })
            Assert.Empty(Repository.References[$"core/{leaf}/{leaf}.csproj"]);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Keylime.Aspire.sln")).Replace('\\', '/');
        Assert.All(Repository.References.Keys, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void No_folder_is_named_after_a_layer()
    {
        string[] layers = ["Controllers", "Services", "Models", "Helpers", "Utils", "Common", "Managers"];
        // Keylime.Operator's Controllers are Kubernetes' own word.
        var named = Repository.SourceFiles("*.cs").Select(Repository.Relative)
            .Where(path => !path.StartsWith("Keylime.Operator/", StringComparison.Ordinal) && path.Split('/').Any(layers.Contains));
        Assert.Empty(named);
    }

    private static bool MayReference(string from, string to) => (Ring(from), Ring(to)) switch
    {
        (Kind.Test, _) => true,
        (Kind.Core, Kind.Core) => true,
        (Kind.Adapter, Kind.Core) => true,
        // One technology may build on its own wire layer, never on another adapter.
        (Kind.Adapter, Kind.Adapter) => false,
        (Kind.ServiceDefaults, Kind.Core) => true,
        (Kind.Program or Kind.Tool, Kind.Core or Kind.Adapter or Kind.ServiceDefaults) => true,
        // The one program that is made of others; see docs/decisions. Only of these two, and nobody may build on it.
        (Kind.Standalone, Kind.Program) => to is "Keylime.Registrar/Keylime.Registrar.csproj" or "Keylime.Verifier/Keylime.Verifier.csproj",
        (Kind.Standalone, Kind.ServiceDefaults) => true,
        // The AppHost names the programs as resources; it uses none of their types (checked by the build: ReferenceOutputAssembly=false).
        (Kind.AppHost, Kind.Program or Kind.Standalone or Kind.Tool or Kind.Hosting or Kind.Adapter or Kind.Core or Kind.ServiceDefaults) => true,
        _ => false,
    };

    private static Kind Ring(string project) => project.Split('/') switch
    {
        ["core", ..] => Kind.Core,
        ["adapters", ..] => Kind.Adapter,
        ["tests" or "bench", ..] => Kind.Test,
        ["tools", ..] => Kind.Tool,
        ["hosting", ..] => Kind.Hosting,
        ["Keylime.ServiceDefaults", ..] => Kind.ServiceDefaults,
        ["Keylime.AppHost", ..] => Kind.AppHost,
        ["Keylime.Standalone", ..] => Kind.Standalone,
        _ => Kind.Program,
    };

    private enum Kind { Core, Adapter, ServiceDefaults, Program, Tool, Hosting, Standalone, AppHost, Test }
}
