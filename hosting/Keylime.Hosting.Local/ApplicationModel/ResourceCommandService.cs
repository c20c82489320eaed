using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.KnownResourceCommands</c>.</summary>
public static class KnownResourceCommands
{
    public static readonly string StartCommand = "resource-start";
    public static readonly string StopCommand = "resource-stop";
    public static readonly string RestartCommand = "resource-restart";
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExecuteCommandContext</c>.</summary>
public sealed class ExecuteCommandContext
{
    public required IServiceProvider ServiceProvider { get; init; }
    public required string ResourceName { get; init; }
    public required CancellationToken CancellationToken { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExecuteCommandResult</c>.</summary>
public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }
    public string? ErrorMessage { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.CommandResults</c>.</summary>
public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };

    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, ErrorMessage = errorMessage };
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceCommandService</c>: start, stop and restart of every resource, and the commands of its own.</summary>
public sealed class ResourceCommandService
{
    private readonly IServiceProvider _services;
    private readonly Resources.ResourceSet _resources;

    internal ResourceCommandService(IServiceProvider services)
    {
        _services = services;
        _resources = services.GetRequiredService<Resources.ResourceSet>();
    }

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (_resources.Find(resourceId) is not { } resource)
            return CommandResults.Failure(_resources.FindPart(resourceId) is { } part
                ? $"'{part.Name}' is a part of '{part.Parent.Name}', which is commanded as a whole"
                : $"There is no resource '{resourceId}'");
        if (commandName == KnownResourceCommands.StartCommand)
            return await resource.StartAsync(cancellationToken);
        if (commandName == KnownResourceCommands.StopCommand)
            return await resource.StopAsync(cancellationToken);
        if (commandName == KnownResourceCommands.RestartCommand)
            return await resource.RestartAsync(cancellationToken);

        var command = resource.Model.Annotations.OfType<ResourceCommandAnnotation>().LastOrDefault(command => command.Name == commandName);
        if (command is null)
            return CommandResults.Failure($"The resource '{resourceId}' has no command '{commandName}'");
        try
        {
            return await command.ExecuteCommand(new() { ServiceProvider = _services, ResourceName = resourceId, CancellationToken = cancellationToken });
        }
#pragma warning disable CA1031 // As in Aspire: a command's fault is its answer, and whoever gave the command waits for one.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return CommandResults.Failure(e.Message);
        }
    }
}
