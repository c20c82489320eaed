namespace Keylime.Load.Counters;

/// <summary>What a server's own counter has grown by since the first reading, over its restarts: a server that was killed counts from zero again.</summary>
internal sealed class RunningTotal
{
    private (string Run, long Count)? _last;

    public long Grown { get; private set; }

    /// <param name="run">Names the run of the server; another one has begun at zero.</param>
    /// <param name="count">Its counter.</param>
    public void Observe(string run, long count)
    {
        if (_last is { } last) Grown += Math.Max(0, last.Run == run ? count - last.Count : count);
        _last = (run, count);
    }
}
