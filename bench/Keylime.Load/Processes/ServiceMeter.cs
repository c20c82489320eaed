namespace Keylime.Load.Processes;

/// <summary>CPU time and memory of one service since the meter was made, over restarts: a process that was killed keeps counting with what it had last.</summary>
/// <param name="name">Its name in the report.</param>
/// <param name="scope">Whether its children are parts of it.</param>
internal sealed class ServiceMeter(string name, ProcessScope scope)
{
    private (int Pid, long StartTicks, long CpuTicks)? _last;
    private long _ticks;
    private bool _hasBegun;

    public string Name => name;
    public TimeSpan Cpu => _ticks * ProcessStat.Tick;
    /// <summary>When last seen alive.</summary>
    public ProcessMemory Memory { get; private set; }

    /// <summary>Looks at the service's process; a null pid, or one that is gone, is a service that does not run.</summary>
    public void Observe(ProcessTable table, int? pid)
    {
        var isFirst = !_hasBegun;
        _hasBegun = true;
        if (pid is not { } id || table.Find(id) is not { } process) return;
        var ticks = scope == ProcessScope.Tree ? table.TreeCpuTicks(id) : process.CpuTicks;
        var isSame = _last is { } last && (last.Pid, last.StartTicks) == (process.Pid, process.StartTicks);
        // What the process had used before the first look is not ours; what a successor used since its start is. A sum over a tree may dip for a moment, while a child
        // has ended and is not yet in its parent's count.
        if (!isFirst) _ticks += Math.Max(0, ticks - (isSame ? _last!.Value.CpuTicks : 0));
        _last = (process.Pid, process.StartTicks, isSame ? Math.Max(ticks, _last!.Value.CpuTicks) : ticks);
        Memory = scope == ProcessScope.Tree ? table.TreeMemory(id) : table.Memory(id);
    }
}

/// <summary>What a service is made of.</summary>
internal enum ProcessScope
{
    /// <summary>One process; what it starts is something else.</summary>
    Alone,
    /// <summary>A process and its children: PostgreSQL's connections.</summary>
    Tree,
}
