namespace Keylime.Load.Reports;

/// <summary>What the figures were measured on.</summary>
internal static class MachineDescription
{
    private const string Unknown = "unknown";

    public static MachineReport Read(double busyShare, double otherShare) => new(
        Environment.ProcessorCount, FindProcessor(File.ReadLines("/proc/cpuinfo")), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024), otherShare.Rounded(3), busyShare.Rounded(3));

    internal static string FindProcessor(IEnumerable<string> cpuInfo) => // Other architectures than x86 name no model.
        cpuInfo.Where(line => line.StartsWith("model name", StringComparison.Ordinal)).Select(line => line.Split(':', 2).ElementAtOrDefault(1)?.Trim()).FirstOrDefault() is { Length: > 0 } name ? name : Unknown;
}
