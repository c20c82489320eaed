using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Keylime.Load.Processes;

/// <summary>A program that ends when we do, however we end: a small shell waits for the end of a pipe that only we hold, and then asks it to stop. In a session of its own, so
/// that Ctrl-C reaches us alone and things stop in order.</summary>
internal sealed class SupervisedProcess : IAsyncDisposable
{
    private const string Script = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        program=$!
        { read -r word <&3; kill -TERM "$program"; } 2>/dev/null &
        watcher=$!
        wait "$program"
        code=$?
        kill "$watcher" 2>/dev/null
        exit "$code"
        """;

    private readonly Process _shell;
    private readonly TimeSpan _patience;

    private SupervisedProcess(Process shell, TimeSpan patience) => (_shell, _patience) = (shell, patience);

    /// <summary>The muxer of the runtime that we run on ourselves: a user's own SDK need not be on the PATH.</summary>
    public static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    public bool HasExited => _shell.HasExited;
    public Task WaitForExitAsync(CancellationToken cancellationToken) => _shell.WaitForExitAsync(cancellationToken);

    /// <param name="command">Program and arguments.</param>
    /// <param name="variables">Added to our own environment.</param>
    /// <param name="logPath">Takes its output.</param>
    /// <param name="patience">How long it may take to stop before it is left to the kernel.</param>
    public static SupervisedProcess Start(IEnumerable<string> command, IReadOnlyDictionary<string, string> variables, string logPath, TimeSpan patience)
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true };
        foreach (var word in (IEnumerable<string>)["sh", "-c", $"exec >>\"$0\" 2>&1\n{Script}", logPath, .. command]) start.ArgumentList.Add(word);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return new(Process.Start(start)!, patience);
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var limit = new CancellationTokenSource(_patience);
        try
        {
            await _shell.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _shell.Kill(entireProcessTree: true);
            await _shell.WaitForExitAsync(CancellationToken.None);
        }
        _shell.Dispose();
    }
}
