using System.Diagnostics;

namespace Keylime.Cluster.Tests;

public sealed class ManifestTests
{
    [Fact]
    public async Task The_published_manifest_is_the_one_that_was_reviewed()
    {
        var appHost = Path.GetDirectoryName(Projects.Keylime_AppHost.ProjectPath)!;
        var output = Path.Combine(appHost, Path.GetRandomFileName());
        try
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
            // Relative: taken from the AppHost's folder, where the paths of projects begin.
            foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Keylime.AppHost.dll"), "--publisher", "manifest", "--output-path", Path.GetFileName(output)])
                start.ArgumentList.Add(argument);
            using var publish = Process.Start(start)!;
            Assert.Equal("", await publish.StandardError.ReadToEndAsync());
            await publish.WaitForExitAsync();
            Assert.Equal(0, publish.ExitCode);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Publishing", "manifest.json")), await File.ReadAllTextAsync(output));
        }
        finally
        {
            File.Delete(output);
        }
    }
}
