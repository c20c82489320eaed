using System.Diagnostics;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Tests.Processes;

/// <summary>The folders of a run, where anybody may make folders, or nobody.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("keylime-hosting-tests-");

    [Fact]
    public async Task Only_runs_of_ones_own_are_removed()
    {
        var abandoned = PlantRun("keylime-former");
        var elsewhere = PlantRun("elsewhere");
        var link = At("keylime-linked");
        Directory.CreateSymbolicLink(link, elsewhere);
        var kept = new List<string> { elsewhere, link };
        if (Environment.IsPrivilegedProcess) // Nobody else can give a folder away.
        {
            kept.Add(PlantRun("keylime-others"));
            using var chown = Process.Start("chown", ["-R", "65534", kept[^1]]);
            await chown.WaitForExitAsync(AppHost.Patience);
        }

        await EndAsync(_temporary.FullName, "/dev/null/state");

        Assert.False(Directory.Exists(abandoned));
        Assert.All(kept, folder => Assert.True(File.Exists(Path.Combine(folder, "lock")), folder));
    }

    [Theory]
    [InlineData("missing", "state", "The folder for temporary files")]
    [InlineData("", "file/state", "The state folder")]
    [InlineData("", "file", "The state folder")]
    public async Task A_folder_that_cannot_be_had_is_told_in_one_line_and_leaves_nothing(string temporary, string state, string told)
    {
        await File.WriteAllTextAsync(At("file"), "");
        var (code, errors) = await EndAsync(At(temporary), At(state));
        Assert.Equal(1, code);
        Assert.Contains(told, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary.FullName, "*keylime*"));
    }

    public void Dispose() => _temporary.Delete(recursive: true);

    private static async Task<(int Code, string Errors)> EndAsync(string temporary, string state)
    {
        using var appHost = SampleAppHost.StartWith(temporary, $"--{StateDirectory.PathKey}={state}");
        var (code, _, errors) = await appHost.EndAsync(AppHost.Patience);
        return (code, errors);
    }

    private string PlantRun(string name)
    {
        var folder = _temporary.CreateSubdirectory(name).FullName;
        File.WriteAllText(Path.Combine(folder, "lock"), "");
        return folder;
    }

    private string At(string name) => Path.Combine(_temporary.FullName, name);
}
