using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Agent.Tests;

/// <summary>The agent's program as a process of its own, killed at the end.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private AgentProcess(Process process) => _process = process;

    /// <summary>What it wrote so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static AgentProcess Start(IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Keylime.Agent.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var agent = new AgentProcess(new() { StartInfo = start });
        agent._process.OutputDataReceived += agent.Keep;
        agent._process.ErrorDataReceived += agent.Keep;
        agent._process.Start();
        agent._process.BeginOutputReadLine();
        agent._process.BeginErrorReadLine();
        return agent;
    }

    /// <summary>Waits until the port is open: the agent opens it when it is registered.</summary>
    public async Task WaitUntilServingAsync(int port)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        while (!await IsOpenAsync(port))
        {
            if (_process.HasExited) throw new InvalidOperationException($"The agent ended with {_process.ExitCode}: {Output}");
            await Task.Delay(20, timeout.Token);
        }
    }

    /// <summary>Asks it to stop, as a service manager does, and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        return await WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output) _output.AppendLine(line.Data);
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException) { return false; }
    }
}
