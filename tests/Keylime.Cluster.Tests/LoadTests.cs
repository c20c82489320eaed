using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Keylime.Cluster.Tests;

/// <summary>The load run on a small scale: a cluster and a fleet of its own, a kill, and lies.</summary>
[Collection(ClusterCollection.Name)] // Not beside the others: two clusters at once are slow.
public sealed class LoadTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("keylime-load-test-").FullName;

    [Fact]
    public async Task A_small_run_finds_every_lie_and_ends_what_it_started()
    {
        await RunAsync("--agents", "20", "--interval", "1", "--minutes", "0.2", "--kill", "verifier", "--inject", "3");

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_output, "report.json")));
        var report = document.RootElement;
        Assert.True(report.GetProperty("attestations").GetInt64() > 20);
        Assert.True(report.GetProperty("verifierCpuMsPerAttestation").GetDouble() > 0);
        Assert.True(report.GetProperty("tlsRequestCpuMs").GetDouble() > 0);
        Assert.True(report.GetProperty("sqlStatementsPerAttestation").GetDouble() > 0);
        Assert.True(report.GetProperty("redisCommandsPerAttestation").GetDouble() > 0);
        Assert.Equal((3, 0), (report.GetProperty("injectedFailures").GetInt32(), report.GetProperty("lostFailures").GetInt32()));
        var kill = Assert.Single(report.GetProperty("kills").EnumerateArray());
        Assert.Equal(("verifier", 1, 0), (kill.GetProperty("target").GetString(), kill.GetProperty("count").GetInt32(), kill.GetProperty("missing").GetInt32()));
        // Stale is what a machine that is busy enough makes of a good agent; failed is not.
        var crossCheck = report.GetProperty("crossCheck");
        Assert.Equal((17, 3), (crossCheck.GetProperty("attested").GetInt32() + crossCheck.GetProperty("stale").GetInt32(), crossCheck.GetProperty("failed").GetInt32()));
        Assert.Contains("<svg", await File.ReadAllTextAsync(Path.Combine(_output, "report.html")), StringComparison.Ordinal);
        Assert.DoesNotContain(Environments(), variables => variables.Contains(_output, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_output, recursive: true);

    private async Task RunAsync(params string[] arguments)
    {
        var artifacts = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(artifacts.Parent!.Parent!.FullName, "Keylime.Load", artifacts.Name, "Keylime.Load.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true, RedirectStandardOutput = true };
        // All that it starts inherits this, and can be told by it.
        start.Environment["KEYLIME_LOAD_TEST"] = _output;
        foreach (var argument in (string[])[program, .. arguments, "--output", _output, "--json"]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(9));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(); // What it started dies with it.
            Assert.Fail($"It does not end. {await errors}");
        }
        Assert.True(process.ExitCode == 0, await errors);
        JsonDocument.Parse(await output).Dispose();
    }

    private static IEnumerable<string> Environments() => Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(folder =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    });
}
