using System.Diagnostics;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>The tenant as a process of its own, with the cluster's client certificate.</summary>
internal static class Tenant
{
    /// <summary>Runs it to its end, which must be a good one, and answers what it wrote.</summary>
    public static async Task<string> RunAsync(ClusterFixture cluster, IReadOnlyDictionary<string, string> options, params string[] arguments)
    {
        var artifacts = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(artifacts.Parent!.Parent!.FullName, "Keylime.Tenant", artifacts.Name, "Keylime.Tenant.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["KEYLIME_DIR"] = Path.GetDirectoryName(cluster.TlsDirectory);
        foreach (var (option, value) in options) start.Environment[$"KEYLIME_TENANT_{option}"] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(ClusterFixture.Patience);
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }
}
