using System.ComponentModel;
using System.Diagnostics;

namespace Keylime.Agent.Payload;

/// <summary>How a script ended, with the first part of what it said.</summary>
internal sealed record ScriptOutcome(int ExitCode, string Output, string Errors);

/// <summary>Runs a tenant's script or a revocation action: no input, its own working folder, ended with the agent.</summary>
internal static class ScriptProcess
{
    /// <summary>How long streams are read after the script's end. A service that it leaves behind may keep them open for ever.</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    /// <exception cref="ScriptStartException">The system cannot start it: not executable, no interpreter.</exception>
    public static async Task<ScriptOutcome> RunAsync(string program, IEnumerable<string> arguments, string folder, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = new Process { StartInfo = start };
        try { process.Start(); }
        catch (Win32Exception e) { throw new ScriptStartException(program, e); }
        try
        {
            process.StandardInput.Close();
            // Both streams are emptied at once: a script that fills the one we do not read would wait for ever.
            var (output, errors) = (new OutputHead(process.StandardOutput), new OutputHead(process.StandardError));
            var reading = Task.WhenAll(output.ReadAsync(), errors.ReadAsync());
            await process.WaitForExitAsync(stop);
            await Task.WhenAny(reading, Task.Delay(s_lastWords, stop));
            return new(process.ExitCode, output.Text, errors.Text);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}

/// <summary>A script that could not be started.</summary>
internal sealed class ScriptStartException(string program, Exception cause) : Exception($"{program} cannot be started: {cause.Message}", cause);
