using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Keylime.Load.Processes;

namespace Keylime.Load.Fleet;

/// <summary>The fleet simulator as a process of its own, so that its CPU time is counted apart: commands in, events out, one JSON object a line. The end of its input is its
/// end, so it does not outlive us.</summary>
internal sealed class FleetProcess : IAsyncDisposable
{
    private const string Simulator = "Keylime.FleetSimulator";
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _logPath;
    private readonly StreamWriter _log;
    private readonly Task _reading;
    private readonly SemaphoreSlim _writing = new(1);
    // Guards what follows.
    private readonly Lock _gate = new();
    private readonly List<(Func<FleetEvent, bool> IsMeant, TaskCompletionSource<FleetEvent> Answer)> _waiting = [];
    private bool _hasEnded;

    private FleetProcess(Process process, string logPath)
    {
        (_process, _logPath) = (process, logPath);
        _log = new(logPath) { AutoFlush = true };
        _reading = Task.WhenAll(ReadEventsAsync(), ReadErrorsAsync());
    }

    public int Pid => _process.Id;
    /// <summary>Where it listens; null before it does.</summary>
    public FleetEvent? Started { get; private set; }
    /// <summary>The last second's figures.</summary>
    public FleetEvent? LastTick { get; private set; }
    /// <summary>Every event, on the reader's thread: take it and return.</summary>
    public event Action<FleetEvent>? Told;

    public static FleetProcess Start(FleetSettings settings, string logPath)
    {
        var program = ProgramPath.Of(Simulator);
        if (!File.Exists(program)) throw new LoadException($"{program} is not built");
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (IEnumerable<string>)[SupervisedProcess.Dotnet, program, .. settings.Arguments()]) start.ArgumentList.Add(word);
        return new(Process.Start(start)!, logPath);
    }

    public async Task SendAsync(FleetCommand command, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command, FleetJson.Default.FleetCommand).AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            throw new LoadException(EndReason());
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a command and waits for what it leads to.</summary>
    public async Task<FleetEvent> AskAsync(FleetCommand command, Func<FleetEvent, bool> isAnswer, TimeSpan patience, CancellationToken cancellationToken)
    {
        var answer = WaitAsync(isAnswer, patience, cancellationToken);
        await SendAsync(command, cancellationToken);
        return await answer;
    }

    /// <summary>The next event of a kind.</summary>
    public async Task<FleetEvent> WaitAsync(Func<FleetEvent, bool> isMeant, TimeSpan patience, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<FleetEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_hasEnded) throw new LoadException(EndReason());
            _waiting.Add((isMeant, answer));
        }
        try
        {
            return await answer.Task.WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new LoadException(string.Create(CultureInfo.InvariantCulture, $"the fleet says nothing of what was asked within {patience.TotalSeconds} s"));
        }
        finally
        {
            lock (_gate) _waiting.RemoveAll(wait => wait.Answer == answer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
        using var limit = new CancellationTokenSource(StopPatience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        await _reading;
        _process.Dispose();
        _writing.Dispose();
        await _log.DisposeAsync();
    }

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (FleetEvent.TryParse(line) is { } told) Pass(told);
            else Log(line);
        }
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var (_, answer) in _waiting) answer.TrySetException(new LoadException(EndReason()));
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line) Log(line);
    }

    private void Pass(FleetEvent told)
    {
        if (told.Event == "started") Started = told;
        if (told.Event == "tick") LastTick = told;
        if (told.Event == "error") Log(told.Message ?? "error");
        Told?.Invoke(told);
        lock (_gate)
            foreach (var (isMeant, answer) in _waiting.Where(wait => wait.IsMeant(told)).ToList()) answer.TrySetResult(told);
    }

    private void Log(string line)
    {
        lock (_log) _log.WriteLine(line);
    }

    private string EndReason() => $"the fleet has ended; its last lines: {string.Join(" / ", LastLines())}";

    private IEnumerable<string> LastLines()
    {
        lock (_log)
        {
            using var file = new FileStream(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(3)];
        }
    }
}
