namespace Keylime.Gateway.Tests.Forwarding;

public sealed class RequestIdTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private readonly TestCluster _cluster = fixture.Fresh();

    [Theory]
    [InlineData("abc_123", "abc_123")]
    [InlineData("5f0c2f44-8d8e-4a0a-9c0f-1b2c3d4e5f60", "5f0c2f448d8e4a0a9c0f1b2c3d4e5f60")]
    [InlineData("a b;c\"d", "abcd")]
    [InlineData("0123456789012345678901234567890123456789", "012345678901234567890123456789012345")]
    public async Task Hands_on_the_clients_id_reduced_to_what_logs_bear(string sent, string received) => Assert.Equal(received, await IdAsync(sent));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-- --")]
    public async Task Gives_a_request_without_an_id_one_of_its_own(string? sent)
    {
        var (first, second) = (await IdAsync(sent), await IdAsync(sent));
        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.NotEqual(first, second);
    }

    private async Task<string> IdAsync(string? sent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _cluster.Verifier("/v2.6/agents/agent-1"));
        if (sent is not null) request.Headers.TryAddWithoutValidation("X-Request-ID", sent);
        using var response = await _cluster.Admin.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return _cluster.Verifiers.SelectMany(verifier => verifier.Received).Last(received => received.Target == "/v2.6/agents/agent-1").Headers["X-Request-ID"];
    }
}
