namespace Keylime.Simulation.Tests.World;

/// <summary>The way from one process to one server. What is asked is done at the server after a while, or long after whoever asked has given up, or not at all; the
/// answer may be lost as well.</summary>
internal sealed class Link(Scheduler scheduler, SimulatedProcess process, Wire wire, Random random)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(12);

    private Server Server => wire.Server;

    /// <summary>No message passes.</summary>
    public bool IsCut => wire.IsCut;

    /// <summary>Asks. Fails by an exception of the seam's when there is no answer in time.</summary>
    /// <param name="what">For the trace.</param>
    /// <param name="action">What the server does.</param>
    /// <param name="patience">How long whoever asks waits.</param>
    /// <param name="unavailable">Makes the seam's exception.</param>
    /// <param name="ct">Gives up sooner; what was asked may still be done.</param>
    public Task<T> AskAsync<T>(Func<string> what, Func<T> action, TimeSpan patience, Func<string, Exception> unavailable, CancellationToken ct)
    {
        var answer = new TaskCompletionSource<T>();
        if (ct.IsCancellationRequested) return Task.FromCanceled<T>(ct);
        var registration = ct.Register(() => answer.TrySetCanceled(ct));
        void Answer(Action set) => process.Run(() =>
        {
            registration.Dispose();
            set();
        });

        scheduler.After(patience, () => Answer(() => answer.TrySetException(unavailable("no answer in time"))));
        if (IsCut)
        {
            scheduler.Note(process.Name, () => $"-x {Server.Name}: {what()}");
            return answer.Task;
        }
        scheduler.After(Delay(), () => Do(isRepeated: false));
        if (wire is { MayRepeat: true, IsSlow: true } && random.Next(20) == 0) scheduler.After(Delay() * 10, () => Do(isRepeated: true));
        return answer.Task;

        void Do(bool isRepeated)
        {
            if (Server.IsDown)
            {
                // Refused: nobody waits for that.
                if (!Server.IsSilent) scheduler.After(Delay(), () => Answer(() => answer.TrySetException(unavailable("connection refused"))));
                return;
            }
            var result = action();
            scheduler.Note(Server.Name, () => $"{process.Name}{(isRepeated ? ", again" : "")}{(answer.Task.IsCompleted ? ", late" : "")}: {what()}");
            if (IsCut || wire.LosesAnswers || isRepeated) return;
            scheduler.After(Delay(), () => { if (!IsCut && !wire.LosesAnswers) Answer(() => answer.TrySetResult(result)); });
        }
    }

    private TimeSpan Delay()
    {
        var milliseconds = random.NextDouble() * 4 + 0.2;
        if (!wire.IsSlow) return TimeSpan.FromMilliseconds(milliseconds);
        return random.Next(100) switch
        {
            < 60 => TimeSpan.FromMilliseconds(milliseconds),
            < 90 => TimeSpan.FromMilliseconds(milliseconds * 50),
            < 97 => TimeSpan.FromMilliseconds(milliseconds * 500),
            _ => Longest * random.NextDouble(),
        };
    }
}

/// <summary>What lies between a machine and a server, whatever process runs on the machine.</summary>
internal sealed class Wire(Server server)
{
    public Server Server => server;
    public bool IsCut { get; set; }
    /// <summary>What is asked arrives, and nothing comes back.</summary>
    public bool LosesAnswers { get; set; }
    /// <summary>Messages are slow now and then, some of them beyond every patience.</summary>
    public bool IsSlow { get; set; }
    /// <summary>Requests may be done twice, when slow.</summary>
    public bool MayRepeat { get; init; }
}

/// <summary>A server that processes reach by links.</summary>
internal sealed class Server(string name)
{
    public string Name => name;
    public bool IsDown { get; set; }
    /// <summary>When down: it does not even refuse.</summary>
    public bool IsSilent { get; set; }
}
