using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Control;

/// <summary>Commands from the shell, as files in the state folder: a shell can write a file, but speak to no socket. <c>ID.request</c> holds <c>NAME COMMAND</c>;
/// <c>ID.response</c> answers with <c>ok</c> or <c>failed</c>, and why. The folder is the user's alone, and so is the right to command.</summary>
internal sealed class CommandInbox(StateDirectory state, ResourceCommandService commands) : BackgroundService
{
    private const string Request = ".request";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new List<Task>();
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var path in FindRequests())
                    // Side by side: a resource that is slow to stop does not keep others from being commanded.
                    if (await TakeAsync(path, stoppingToken) is { } request)
                        running.Add(AnswerAsync(path[..^Request.Length] + ".response", request, stoppingToken));
                running.RemoveAll(command => command.IsCompleted);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    /// <summary>None where the folder cannot be read or is gone: whoever tidies the working tree up must not end the cluster by it.</summary>
    private string[] FindRequests()
    {
        try
        {
            return Directory.GetFiles(state.Commands, $"*{Request}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A request that can no longer be found, by us or the next; null for one that cannot be read or removed, which would be carried out again and again.</summary>
    private static async Task<string[]?> TakeAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var text = await File.ReadAllTextAsync(path, cancellationToken);
            File.Delete(path);
            return text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task AnswerAsync(string path, string[] request, CancellationToken cancellationToken)
    {
        var result = request is [var resource, var command]
            ? await commands.ExecuteCommandAsync(resource, FullName(command), cancellationToken)
            : CommandResults.Failure("A request has a resource and a command");
        var text = result.Success ? "ok\n" : $"failed\n{result.ErrorMessage}\n";
        await File.WriteAllTextAsync(path + ".part", text, cancellationToken);
        File.Move(path + ".part", path); // Whole or not at all.
    }

    private static string FullName(string command) => command switch
    {
        "start" => KnownResourceCommands.StartCommand,
        "stop" => KnownResourceCommands.StopCommand,
        "restart" => KnownResourceCommands.RestartCommand,
        _ => command,
    };
}
