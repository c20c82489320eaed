using System.Globalization;

namespace Keylime.Load.Processes;

/// <summary>Processes as the kernel shows them at this moment. Only those that are asked for are read: a machine may have thousands.</summary>
internal sealed class ProcessTable(string proc = "/proc")
{
    public ProcessStat? Find(int pid) => ProcessStat.TryParse(Read(pid, "stat"), out var process) ? process : null;

    public ProcessMemory Memory(int pid) => ProcessMemory.TryParse(Read(pid, "status"), out var memory) ? memory.Value : default;

    /// <summary>CPU time of the process, of its descendants, and of those of them that have ended: PostgreSQL is a process for each connection.</summary>
    public long TreeCpuTicks(int pid) => Tree(pid).Sum(member => Find(member) is { } process ? process.CpuTicks + process.ReapedCpuTicks : 0);

    public ProcessMemory TreeMemory(int pid) => Tree(pid).Aggregate(default(ProcessMemory), (sum, member) => ProcessMemory.Together(sum, Memory(member)));

    private IEnumerable<int> Tree(int pid) => Children(pid).SelectMany(Tree).Prepend(pid);

    /// <summary>Those that the first thread has started, which is what a server of one thread per process has.</summary>
    private IEnumerable<int> Children(int pid) =>
        Read(pid, Path.Combine("task", Text(pid), "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var child) ? child : 0).Where(child => child > 0);

    /// <summary>Processes end while we look; what has ended has no text.</summary>
    private string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(proc, Text(pid), file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Text(int pid) => pid.ToString(CultureInfo.InvariantCulture);
}
