using System.Text;
using Keylime.Agent.Payload;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent.Revocation;

/// <summary>Runs the actions for a revocation message that proved genuine.</summary>
internal sealed partial class RevocationActions(RevocationOptions options, PayloadOptions payload, ILogger<RevocationActions> logger)
{
    private const int MaxListBytes = 64 << 10;

    /// <summary>One after the other; the first that fails ends the list, as later ones may rest on it.</summary>
    public async Task RunAsync(string message, CancellationToken stop)
    {
        var input = Path.Combine(options.WorkFolder, $"revocation-{Guid.NewGuid():N}.json");
        try
        {
            await WriteAsync(input, message, stop);
            foreach (var name in ListNames())
                if (!await RunAsync(name, input, stop)) return;
        }
        finally { File.Delete(input); }
    }

    private async Task<bool> RunAsync(string name, string input, CancellationToken stop)
    {
        if (FindAction(name) is not { } action)
        {
            LogFailed(name, "there is no such action");
            return false;
        }
        try
        {
            var outcome = await ScriptProcess.RunAsync(action, [input], options.WorkFolder, stop);
            if (outcome.ExitCode == 0) LogRan(name, outcome.Output);
            else LogFailed(name, $"it ended with {outcome.ExitCode}: {outcome.Errors}");
            return outcome.ExitCode == 0;
        }
        catch (ScriptStartException e)
        {
            LogFailed(name, e.Message);
            return false;
        }
    }

    private IEnumerable<string> ListNames() => options.Actions.Concat(ListPayloadNames());

    private IReadOnlyList<string> ListPayloadNames()
    {
        var list = new FileInfo(payload.ActionList);
        return list is { Exists: true, Length: <= MaxListBytes } && ListSyntax.TryParse(File.ReadAllText(list.FullName), out var names) ? names : [];
    }

    /// <summary>The administrator's action of that name is stronger than the payload's.</summary>
    private string? FindAction(string name)
    {
        if (!PlainName.Is(name)) return null;
        var installed = Path.Combine(options.ActionsFolder, name);
        if (File.Exists(installed)) return installed;
        var delivered = Path.Combine(payload.Folder, name);
        return options.AllowPayloadActions && File.Exists(delivered) ? delivered : null;
    }

    private static async Task WriteAsync(string path, string message, CancellationToken stop)
    {
        await using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await file.WriteAsync(Encoding.UTF8.GetBytes(message), stop);
    }

    [LoggerMessage(EventIds.RevocationActionsRan, LogLevel.Information, "Revocation action {Action} done: {Output}")]
    private partial void LogRan(string action, string output);

    [LoggerMessage(EventIds.RevocationActionFailed, LogLevel.Error, "Revocation action {Action} failed: {Reason}")]
    private partial void LogFailed(string action, string reason);
}
