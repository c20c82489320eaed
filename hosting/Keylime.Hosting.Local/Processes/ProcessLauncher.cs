using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>Starts processes that die with us, even when we are killed with SIGKILL.</summary>
/// <remarks>Linux sends a child its parent-death signal when the *thread* that forked it ends. Pool threads come and go, so one thread, which lives as long as we do, starts all.</remarks>
internal sealed class ProcessLauncher : IDisposable
{
    private readonly BlockingCollection<Action> _requests = [];
    private readonly GroupReaper _reaper;

    public ProcessLauncher(GroupReaper reaper)
    {
        _reaper = reaper;
        new Thread(ServeRequests) { IsBackground = true, Name = "process launcher" }.Start();
    }

    public async Task<ChildProcess> StartAsync(ProcessSpec spec, Action<string> onLine)
    {
        var started = new TaskCompletionSource<ChildProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Add(() =>
        {
            try
            {
                started.SetResult(ChildProcess.Start(Describe(spec), spec.StopSignal, onLine));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        var process = await started.Task;
        if (spec.DeathSignal == Signal.Kill) // What ends its own children is not to be killed before it has.
        {
            _reaper.Watch(process.Id);
            _ = process.Exited.ContinueWith(_ => _reaper.Forget(process.Id), TaskScheduler.Default);
        }

        return process;
    }

    // The thread must outlive our children: it ends with the process, not with us.
    public void Dispose() => _requests.CompleteAdding();

    private void ServeRequests()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
            request();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>A session of its own, so that Ctrl-C reaches only us and we stop things in order; the user; the parent-death signal, which
    /// a change of user clears and which is therefore set after it; and a look at the parent in case we died before that.</summary>
    /// <remarks>The look is bash's: dash would drop variables with a hyphen in their names, as <c>services__verifier-0__mtls__0</c> has.</remarks>
    private static ProcessStartInfo Describe(ProcessSpec spec)
    {
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = spec.WorkingDirectory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] user = spec.User is null ? [] : ["--reuid", spec.User, "--regid", spec.User, "--init-groups"];
        string[] wrapper =
        [
            "setpriv", .. user, "--pdeathsig", DeathSignalName(spec.DeathSignal), "--",
            "bash", "-c", "[ $PPID -eq $0 ] && exec \"$@\"", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (var argument in (IEnumerable<string>)[.. wrapper, spec.FileName, .. spec.Arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in spec.Environment)
            start.Environment[name] = value;
        return start;
    }

    private static string DeathSignalName(Signal signal) => signal == Signal.Quit ? "QUIT" : "KILL";
}
