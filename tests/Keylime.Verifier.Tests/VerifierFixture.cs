namespace Keylime.Verifier.Tests;

/// <summary>One verifier on SQLite for tests that leave nothing behind which others could stumble over.</summary>
public sealed class VerifierFixture : IAsyncLifetime
{
    private readonly TestSite _site = TestSite.OnSqlite();

    internal TestVerifier Verifier { get; private set; } = null!;

    public async Task InitializeAsync() => Verifier = await TestVerifier.StartAsync(_site, ("max_retries", "1000"), ("max_upload_size", "200000"));

    public async Task DisposeAsync()
    {
        await Verifier.DisposeAsync();
        _site.Dispose();
    }
}
