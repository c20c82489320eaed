namespace Aspire.Hosting.Tests.Publishing;

public sealed class ManifestWriterTests
{
    [Fact]
    public async Task The_sample_is_published_as_aspire_would_in_silence()
    {
        var path = Path.Combine(AppHost.Directory, "Publishing", Path.GetRandomFileName());
        try
        {
            // Relative to the AppHost's folder: there aspirate looks for it.
            using var appHost = SampleAppHost.Start("--publisher", "manifest", "--output-path", $"Publishing/{Path.GetFileName(path)}");
            var (code, _, errors) = await appHost.EndAsync(AppHost.Patience);
            Assert.Equal("", errors);
            Assert.Equal(0, code);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Publishing", "manifest.json")), await File.ReadAllTextAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
