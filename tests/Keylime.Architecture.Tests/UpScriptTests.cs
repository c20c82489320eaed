using System.Diagnostics;
using System.Globalization;

namespace Keylime.Architecture.Tests;

/// <summary>What <c>./keylime up --detach</c> does while it waits: for an AppHost that only sleeps.</summary>
public sealed class UpScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-architecture-tests-");

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Who_gives_up_waiting_leaves_no_cluster_running(string signal)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var name in (string[])["eng", "bin"]) Directory.CreateDirectory(At(name));
        foreach (var name in (string[])["common.sh", "up.sh", "down.sh"]) File.Copy(Path.Combine(Repository.Root, "eng", name), At($"eng/{name}"));
        await File.WriteAllTextAsync(At("eng/install.sh"), "", patience.Token);
        await File.WriteAllTextAsync(At("bin/dotnet"), $"#!/bin/sh\ncase $1 in */Keylime.AppHost.dll) echo $$ > '{At("began")}'; mv '{At("began")}' '{At("apphost")}'; exec sleep 1000 ;; esac\n", patience.Token);
        File.SetUnixFileMode(At("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // Whatever a shell starts in the background ignores Ctrl-C, tests included; the script is to have it as on a terminal.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "bash", At("eng/up.sh"), "--detach"]) { RedirectStandardOutput = true };
        start.Environment["KEYLIME_ROOT"] = _folder.FullName;
        start.Environment["KEYLIME_STATE"] = At("state");
        start.Environment["PATH"] = $"{At("bin")}:{start.Environment["PATH"]}";
        using var up = Process.Start(start)!;
        var output = up.StandardOutput.ReadToEndAsync(patience.Token);
        while (!File.Exists(At("apphost"))) await Task.Delay(20, patience.Token);
        using var appHost = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(At("apphost"), patience.Token), CultureInfo.InvariantCulture));

        using (var kill = Process.Start("kill", ["-s", signal, up.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(patience.Token);
        await up.WaitForExitAsync(patience.Token);

        try
        {
            Assert.Equal(130, up.ExitCode);
            Assert.True(appHost.HasExited);
            Assert.Contains("Ending the cluster", await output, StringComparison.Ordinal); // Ends when nobody holds its end any more: no follower either.
        }
        finally
        {
            appHost.Kill();
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
