using System.Diagnostics;

namespace Aspire.Hosting.Processes;

/// <summary>A process that we started, leader of a session and process group of its own.</summary>
internal sealed class ChildProcess
{
    /// <summary>How long a process may take to end when asked to, before it is killed. Longer than the ten seconds that a service may drain.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    /// <summary>How long to wait for the last lines of output: a descendant that left our group could hold the pipe for ever. A busy machine has them read late, and
    /// they tell why a process ended.</summary>
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly Signal _stopSignal;

    private ChildProcess(Process process, Signal stopSignal, Task exited)
    {
        _process = process;
        _stopSignal = stopSignal;
        Id = process.Id;
        Exited = FinishAsync(exited);
    }

    public int Id { get; }

    /// <summary>The exit code, once the process has ended, its output has been read and no member of its group is left.</summary>
    public Task<int> Exited { get; }

    public static ChildProcess Start(ProcessStartInfo start, Signal stopSignal, Action<string> onLine)
    {
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exited.TrySetResult();
        process.OutputDataReceived += (_, line) => Pass(line.Data);
        process.ErrorDataReceived += (_, line) => Pass(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process, stopSignal, exited.Task);

        void Pass(string? line)
        {
            if (line is not null)
                onLine(line);
        }
    }

    public async Task StopAsync()
    {
        Signals.Send(Id, _stopSignal);
        try
        {
            await Exited.WaitAsync(StopPatience);
        }
        catch (TimeoutException)
        {
            Signals.SendToGroup(Id, Signal.Kill);
            await Exited;
        }
    }

    private async Task<int> FinishAsync(Task exited)
    {
        await exited;
        // Whatever it left behind in its group must not outlive it.
        Signals.SendToGroup(Id, Signal.Kill);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(OutputPatience);
        }
        catch (TimeoutException)
        {
            _process.CancelOutputRead();
            _process.CancelErrorRead();
        }

        var code = _process.ExitCode;
        _process.Dispose();
        return code;
    }
}
