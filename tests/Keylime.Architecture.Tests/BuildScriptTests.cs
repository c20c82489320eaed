using System.Diagnostics;

namespace Keylime.Architecture.Tests;

/// <summary>When <c>./keylime</c> builds: with a compiler that only says that it was called.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-architecture-tests-");

    [Fact]
    public async Task What_was_built_elsewhere_is_built_anew_where_it_was_moved_to()
    {
        var clone = At("clone");
        Directory.CreateDirectory(Path.Combine(clone, "eng"));
        File.Copy(Path.Combine(Repository.Root, "eng/common.sh"), Path.Combine(clone, "eng/common.sh"));
        Directory.CreateDirectory(At("bin"));
        await File.WriteAllTextAsync(At("bin/dotnet"), "#!/bin/sh\necho compiler called\n");
        File.SetUnixFileMode(At("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Contains("compiler called", await BuildAsync(clone), StringComparison.Ordinal);
        Assert.Equal("", await BuildAsync(clone));
        var moved = At("moved häre");
        Directory.Move(clone, moved);
        Assert.Contains("compiler called", await BuildAsync(moved), StringComparison.Ordinal);
        Assert.Equal("", await BuildAsync(moved));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> BuildAsync(string root)
    {
        var start = new ProcessStartInfo("bash", ["-c", ". \"$KEYLIME_ROOT/eng/common.sh\"; build Some.Project"]) { RedirectStandardOutput = true };
        start.Environment["KEYLIME_ROOT"] = root;
        start.Environment["PATH"] = $"{At("bin")}:{start.Environment["PATH"]}";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
