using System.Text.Json;
using System.Text.Json.Nodes;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Tests.Evidence;

/// <summary>A folder for a test's files, and the program run over them.</summary>
internal sealed class EvidenceRun : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keylime-evidence-").FullName;
    private int _files;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public string PathOf(string name) => Path.Combine(_folder, name);

    public string Write(ReadOnlySpan<byte> content)
    {
        var path = PathOf($"{_files++}");
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string content) => Write(System.Text.Encoding.UTF8.GetBytes(content));

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await TenantCommandLine.RunAsync(["evidence", .. arguments],
            new(output, error, () => throw new ConfigurationException("evidence needs no configuration")), default);
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Judges all cases in one process; the exit codes of the cases, in their order.</summary>
    public async Task<IReadOnlyList<JsonElement>> JudgeAsync(IEnumerable<JsonObject> cases)
    {
        var (exitCode, output, error) = await RunAsync("--batch", Write(string.Join('\n', cases.Select(one => one.ToJsonString()))));
        Assert.Equal("", error);
        JsonElement[] results = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
        Assert.Equal(exitCode, results.Max(result => result.GetProperty("exitCode").GetInt32()));
        return results;
    }

    /// <summary>The cases whose outcome is not the expected one; each case carries what is expected in its id.</summary>
    public async Task<IReadOnlyList<string>> FindDifferencesAsync(IReadOnlyList<(string Id, bool IsGood, JsonObject Case)> cases)
    {
        Assert.NotEmpty(cases);
        var results = await JudgeAsync(cases.Select(one => one.Case));
        Assert.Equal(cases.Count, results.Count);
        return [.. cases.Zip(results).Where(pair => pair.Second.GetProperty("exitCode").GetInt32() != (pair.First.IsGood ? 0 : 6)).Select(pair => $"{pair.First.Id}: {pair.Second}")];
    }
}
