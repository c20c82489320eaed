namespace Keylime.Simulation.Tests.World;

/// <summary>What the operating system is to one verifier: everything that its code awaits goes on here, unless the process is paused or dead.</summary>
/// <remarks>A pause falls between two steps of the code, as each step takes no time. A pause in the middle of a step looks the same to the rest of the world as
/// messages that were slow to leave.</remarks>
internal sealed class SimulatedProcess(Scheduler scheduler, string name) : SynchronizationContext
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _inbox = new();
    private bool _isAwake;
    private volatile bool _isDead;

    public string Name => name;
    public bool IsDead => _isDead;
    public bool IsPaused { get; private set; }

    /// <summary>Runs code in the process.</summary>
    public void Run(Action action) => Post(static state => ((Action)state!)(), action);

    public override void Post(SendOrPostCallback d, object? state)
    {
        // What is left of a dead process reaches us from the garbage collector, too.
        if (IsDead) return;
        // Code that leaves the context comes back at a moment of its own, and no run is like the other.
        if (Environment.CurrentManagedThreadId != _thread) throw new InvalidOperationException("Code of the verifier has left the simulation's thread");
        _inbox.Enqueue((d, state));
        Wake();
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        Wake();
    }

    public void Kill()
    {
        _isDead = true;
        _inbox.Clear();
    }

    private void Wake()
    {
        if (_isAwake || IsPaused || IsDead || _inbox.Count == 0) return;
        _isAwake = true;
        scheduler.After(TimeSpan.Zero, Step);
    }

    private void Step()
    {
        _isAwake = false;
        if (IsPaused || IsDead || !_inbox.TryDequeue(out var work)) return;
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            work.Callback(work.State);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
        Wake();
    }
}
