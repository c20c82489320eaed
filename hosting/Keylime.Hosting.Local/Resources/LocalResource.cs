using System.ComponentModel;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Resources;

/// <summary>The life of one resource: wait for what it needs, start, watch its health, stop when told. One run at a time; a run that has ended can be followed by another.</summary>
internal sealed partial class LocalResource(
    IResource model, IProcessDefinition definition, ProcessLauncher launcher, ResourceStatus status, HealthChecks checks, EnvironmentFile environmentFile,
    ResourceLog log, ILogger logger) : IDisposable
{
    // Guards _run and _stop: commands come from tests, files and the application's own end.
    private readonly SemaphoreSlim _commands = new(1);
    private Task _run = Task.CompletedTask;
    private CancellationTokenSource _stop = new();

    public IResource Model => model;

    /// <summary>Starts it, or has it wait for what it needs; returns at once.</summary>
    public async Task<ExecuteCommandResult> BeginAsync(CancellationToken cancellationToken)
    {
        await _commands.WaitAsync(cancellationToken);
        try
        {
            // Whoever was told of a run's end may be here before the run has returned from telling it.
            if (KnownResourceStates.TerminalStates.Contains(status.State))
                await _run.WaitAsync(cancellationToken);
            if (!_run.IsCompleted)
                return CommandResults.Failure($"{model.Name} is {status.State.ToLowerInvariant()} already");
            _stop.Dispose();
            _stop = new();
            status.Set(KnownResourceStates.Waiting);
            _run = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
            return CommandResults.Success();
        }
        finally
        {
            _commands.Release();
        }
    }

    public async Task<ExecuteCommandResult> StartAsync(CancellationToken cancellationToken)
    {
        var begun = await BeginAsync(cancellationToken);
        if (!begun.Success)
            return begun;
        var state = await status.WaitAsync([KnownResourceStates.Running, .. KnownResourceStates.TerminalStates], cancellationToken);
        return state == KnownResourceStates.Running || state == KnownResourceStates.Finished
            ? CommandResults.Success()
            : CommandResults.Failure($"{model.Name} did not start:\n{log.LastLines}");
    }

    public async Task<ExecuteCommandResult> StopAsync(CancellationToken cancellationToken)
    {
        await _commands.WaitAsync(cancellationToken);
        try
        {
            if (_run.IsCompleted)
                return CommandResults.Failure($"{model.Name} does not run");
            await _stop.CancelAsync();
            await _run.WaitAsync(cancellationToken);
            return CommandResults.Success();
        }
        finally
        {
            _commands.Release();
        }
    }

    public async Task<ExecuteCommandResult> RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync(cancellationToken); // Not running is no obstacle.
        return await StartAsync(cancellationToken);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _commands.Dispose();
        log.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        ChildProcess process;
        try
        {
            foreach (var wait in model.Annotations.OfType<WaitAnnotation>())
                await status.WaitForDependencyAsync(wait, stop);
            status.Set(KnownResourceStates.Starting);
            var spec = await definition.DescribeAsync(stop);
            environmentFile.Write(spec.Environment);
            process = await launcher.StartAsync(spec, log.Write);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            status.Set(KnownResourceStates.Exited);
            return;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException or Win32Exception)
        {
            LogFailedToStart(model.Name, e.Message, log.LastLines);
            log.Write(e.Message);
            status.Set(KnownResourceStates.FailedToStart);
            return;
        }

        await WatchAsync(process, stop);
    }

    private async Task WatchAsync(ChildProcess process, CancellationToken stop)
    {
        status.Set(KnownResourceStates.Running, process.Id);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var health = WatchHealthAsync(ended.Token);
        await Task.WhenAny(process.Exited, Task.Delay(Timeout.Infinite, ended.Token));
        await ended.CancelAsync();
        await health;
        if (!process.Exited.IsCompleted)
        {
            status.Set(KnownResourceStates.Stopping, process.Id);
            await process.StopAsync();
        }

        var code = await process.Exited;
        if (code != 0 && !stop.IsCancellationRequested)
            LogExited(model.Name, code, log.LastLines);
        status.SetEnded(code, asked: stop.IsCancellationRequested);
    }

    private async Task WatchHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var healthy = await IsHealthyAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                status.SetHealth(healthy ? HealthStatus.Healthy : HealthStatus.Unhealthy);
                await Task.Delay(healthy ? HealthChecks.SettledInterval : HealthChecks.StartInterval, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process has ended or is told to.
        }
    }

    private async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await definition.IsServingAsync(cancellationToken) && await checks.PassAsync(cancellationToken);
        }
        // A process that starts, ends or hangs may answer with anything. Whatever comes of asking it, it is not healthy, and the watch over it goes on.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Resource} failed to start: {Reason}\n{LastLines}")]
    private partial void LogFailedToStart(string resource, string reason, string lastLines);

    [LoggerMessage(2, LogLevel.Error, "{Resource} exited with code {Code}; its last lines:\n{LastLines}")]
    private partial void LogExited(string resource, int code, string lastLines);
}
