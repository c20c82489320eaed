using System.Diagnostics;

namespace Keylime.Architecture.Tests;

/// <summary>What core/ must not do is refused by the compiler: each line is compiled as a file of the core would be.</summary>
public sealed class CorePurityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keylime-core-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Clock_files_sockets_environment_and_randomness_do_not_compile_in_core()
    {
        string[] impure =
        [
            "System.IO.File.ReadAllText(\"x\")", "System.DateTime.UtcNow", "System.DateTimeOffset.Now", "System.TimeProvider.System",
            "System.Guid.NewGuid()", "System.Security.Cryptography.RandomNumberGenerator.GetBytes(3)", "System.Random.Shared",
            "System.Environment.MachineName", "new System.Net.Sockets.TcpClient()", "new System.Net.Http.HttpClient()",
            "System.Threading.Tasks.Task.CompletedTask", "System.Diagnostics.Stopwatch.StartNew()", "System.Console.In",
        ];
        var lines = impure.Select((expression, i) => $"    static object P{i}() => {expression};");
        var output = Build($"namespace Probe;\ninternal static class Probe\n{{\n{string.Join('\n', lines)}\n}}\n");

        for (var i = 0; i < impure.Length; i++)
            Assert.True(output.Contains($"Probe.cs({i + 4},", StringComparison.Ordinal) && output.Contains("RS0030", StringComparison.Ordinal),
                $"core/ accepted {impure[i]}:\n{output}");
    }

    [Fact]
    public void Pure_code_compiles_in_core() =>
        Assert.DoesNotContain("error", Build("namespace Probe;\ninternal static class Probe\n{\n    internal static int Twice(int x) => 2 * x;\n}\n"), StringComparison.Ordinal);

    private string Build(string source)
    {
        var project = Directory.CreateDirectory(Path.Combine(_folder, "core", "Probe")).FullName;
        foreach (var name in new[] { "Directory.Build.props", "Directory.Packages.props", ".editorconfig", "global.json", "core/Directory.Build.props", "core/BannedSymbols.txt" })
            File.Copy(Path.Combine(Repository.Root, name), Path.Combine(_folder, name));
        File.WriteAllText(Path.Combine(project, "Probe.csproj"), "<Project Sdk=\"Microsoft.NET.Sdk\" />");
        File.WriteAllText(Path.Combine(project, "Probe.cs"), source);

        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", project, "--nologo", "-v", "quiet"]) { RedirectStandardOutput = true })!;
        var output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        return output;
    }
}
