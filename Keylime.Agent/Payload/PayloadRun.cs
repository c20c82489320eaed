using System.Security.Cryptography;
using Keylime.Protocol.Payloads;

namespace Keylime.Agent.Payload;

/// <summary>One delivery: decrypt, lay out, unpack, run. What failed is logged; the peer was answered when its half of the key came.</summary>
internal sealed partial class PayloadRun(PayloadOptions options, ILogger<PayloadRun> logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerExecutes = OwnerOnly | UnixFileMode.UserExecute;

    public async Task RunAsync(byte[] key, byte[] ciphertext, CancellationToken stop)
    {
        if (!PayloadCipher.TryDecrypt(key, ciphertext, out var payload))
        {
            LogRefused("it does not decrypt under its key");
            return;
        }
        try
        {
            LayOut(key, payload);
            if (options.ExtractZip) PayloadArchive.Extract(new MemoryStream(payload), options.Folder);
            await RunScriptAsync(stop);
            AllowActions();
            LogRan(options.Folder);
        }
        // What was laid out stays, as with the Rust agent: a payload that is no archive is a file for somebody else.
        catch (InvalidDataException e) { LogNotArchive(e.Message); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ScriptStartException) { LogFailed(e); }
        finally { CryptographicOperations.ZeroMemory(payload); }
    }

    private void LayOut(byte[] key, byte[] payload)
    {
        if (Directory.Exists(options.Folder)) Directory.Delete(options.Folder, recursive: true);
        Directory.CreateDirectory(options.Folder, OwnerExecutes);
        Write(options.KeyName, key);
        Write(options.FileName, payload);
    }

    private void Write(string name, byte[] content)
    {
        using var file = new FileStream(Path.Combine(options.Folder, name),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        file.Write(content);
    }

    private async Task RunScriptAsync(CancellationToken stop)
    {
        if (options.Script.Length == 0) return;
        var script = Path.Combine(options.Folder, options.Script);
        if (!File.Exists(script))
        {
            LogScriptMissing(options.Script);
            return;
        }
        File.SetUnixFileMode(script, OwnerExecutes);
        // Through the shell, so that a script without an interpreter line runs too; as $0, so that no character of the path is the shell's.
        var outcome = await ScriptProcess.RunAsync("/bin/sh", ["-c", "\"$0\"", script], options.Folder, stop);
        LogScriptEnded(options.Script, outcome.ExitCode, outcome.Output, outcome.Errors);
    }

    /// <summary>The payload's own revocation actions: one name per line.</summary>
    private void AllowActions()
    {
        if (!File.Exists(options.ActionList)) return;
        foreach (var line in File.ReadLines(options.ActionList))
            if (PlainName.Is(line.Trim()) && Path.Combine(options.Folder, line.Trim()) is var action && File.Exists(action))
                File.SetUnixFileMode(action, OwnerExecutes);
    }

    [LoggerMessage(EventIds.PayloadRefused, LogLevel.Warning, "Payload refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(EventIds.PayloadNotArchive, LogLevel.Warning, "Payload not unpacked: {Reason}")]
    private partial void LogNotArchive(string reason);

    [LoggerMessage(EventIds.PayloadFailed, LogLevel.Error, "Payload failed")]
    private partial void LogFailed(Exception cause);

    [LoggerMessage(EventIds.PayloadRan, LogLevel.Information, "Payload delivered to {Folder}")]
    private partial void LogRan(string folder);

    [LoggerMessage(EventIds.ScriptMissing, LogLevel.Information, "Payload holds no {Script}")]
    private partial void LogScriptMissing(string script);

    [LoggerMessage(EventIds.ScriptEnded, LogLevel.Information, "Payload script {Script} ended with {ExitCode}: {Output} {Errors}")]
    private partial void LogScriptEnded(string script, int exitCode, string output, string errors);
}
