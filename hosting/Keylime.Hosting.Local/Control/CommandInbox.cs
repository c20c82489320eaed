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
                foreach (var path in Directory.EnumerateFiles(state.Commands, $"*{Request}"))
                {
                    var request = (await File.ReadAllTextAsync(path, stoppingToken)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
                    File.Delete(path);
                    // Side by side: a resource that is slow to stop does not keep others from being commanded.
                    running.Add(AnswerAsync(path[..^Request.Length] + ".response", request, stoppingToken));
                }

                running.RemoveAll(command => command.IsCompletedSuccessfully);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends.
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
