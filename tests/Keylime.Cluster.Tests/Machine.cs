namespace Keylime.Cluster.Tests;

/// <summary>One attested machine: its root, and what its kernel's part has measured.</summary>
internal sealed class Machine(string folder)
{
    private readonly string _measurements = Path.Combine(folder, "ascii_runtime_measurements");

    /// <summary>Changes a measured file, and waits until that is measured.</summary>
    public async Task TamperAsync()
    {
        var entries = File.ReadLines(_measurements).Count();
        await File.AppendAllTextAsync(Path.Combine(folder, "root", "etc", "inventory.conf"), "endpoint = https://elsewhere.example\n");
        var patience = ClusterFixture.Patience;
        while (File.ReadLines(_measurements).Count() == entries) await Task.Delay(20, patience);
    }
}
