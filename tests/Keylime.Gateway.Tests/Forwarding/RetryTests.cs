using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keylime.Gateway.Tests.Forwarding;

public sealed class RetryTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Asks_another_when_the_owner_breaks_off_a_request_that_changes_nothing()
    {
        BreakOff(_cluster.Verifiers[1]);
        Assert.NotEqual("verifier-1", await _cluster.InstanceAsync(Agent("verifier-1")));
        Assert.Single(_cluster.Verifiers[1].Received);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task Does_not_repeat_a_request_that_may_have_been_carried_out(string method)
    {
        BreakOff(_cluster.Verifiers[1]);
        using var request = new HttpRequestMessage(new(method), Agent("verifier-1"));
        using var response = await _cluster.Admin.SendAsync(request);
        await TestCluster.AssertEnvelopeAsync(response, HttpStatusCode.BadGateway, "The verifier broke off the request");
        Assert.Equal(1, _cluster.Verifiers.Sum(verifier => verifier.Received.Count));
    }

    [Fact]
    public async Task Hands_the_whole_body_to_the_next_when_the_owner_refuses_the_connection()
    {
        await _cluster.Verifiers[1].StopAsync();
        var body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        using var content = new ByteArrayContent(body);
        using var response = await _cluster.Admin.PostAsync(Agent("verifier-1"), content);
        var answer = await TestCluster.Json(response);
        Assert.Equal(body.Length, answer["length"]!.GetValue<int>());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body)), answer["sha256"]!.GetValue<string>());
    }

    [Fact]
    public async Task Says_that_nobody_is_there()
    {
        foreach (var verifier in _cluster.Verifiers) await verifier.StopAsync();
        for (var i = 0; i < 3; i++)
        {
            using var response = await _cluster.Admin.PostAsync(_cluster.Verifier("/v2.6/agents/agent-1"), null);
            await TestCluster.AssertEnvelopeAsync(response, HttpStatusCode.ServiceUnavailable, "No verifier can be reached");
        }
        foreach (var registrar in _cluster.PlainRegistrars) await registrar.StopAsync();
        using var plain = await _cluster.Anonymous.GetAsync(_cluster.Registrar("/version"));
        await TestCluster.AssertEnvelopeAsync(plain, HttpStatusCode.ServiceUnavailable, "No registrar can be reached");
        // The others are none the worse.
        Assert.StartsWith("registrar", await _cluster.InstanceAsync(_cluster.RegistrarTls("/version")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Does_not_pass_half_an_answer_off_as_a_whole()
    {
        var half = new TaskCompletionSource();
        _cluster.Verifiers[1].Behaviour = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await half.Task.WaitAsync(TestCluster.Patience);
            context.Abort();
        };
        using var response = await _cluster.Admin.GetAsync(Agent("verifier-1"), HttpCompletionOption.ResponseHeadersRead);
        using var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[4]);
        half.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadExactlyAsync(new byte[1]).AsTask());
        Assert.Equal(1, _cluster.Verifiers.Sum(verifier => verifier.Received.Count));
    }

    [Theory]
    [InlineData(400, "Malformed Request Parameter", "")]
    [InlineData(403, "Forbidden", """{"errors":[]}""")]
    [InlineData(404, "Not Found", """{"code":404,"status":"agent id not found","results":{}}""")]
    [InlineData(409, "Conflict", "{}")]
    [InlineData(500, "Internal Server Error", "{}")]
    [InlineData(503, "Service Unavailable", "{}")]
    public async Task Passes_every_answer_on_as_it_is(int status, string reason, string body)
    {
        _cluster.Verifiers[1].Behaviour = async context =>
        {
            context.Response.StatusCode = status;
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
            context.Response.Headers["X-Answer"] = "yes";
            await context.Response.WriteAsync(body);
        };
        using var response = await _cluster.Admin.GetAsync(Agent("verifier-1"));
        Assert.Equal((status, reason, body), ((int)response.StatusCode, response.ReasonPhrase, await response.Content.ReadAsStringAsync()));
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("X-Answer")));
        Assert.Equal(1, _cluster.Verifiers.Sum(verifier => verifier.Received.Count));
    }

    private Uri Agent(string verifier) => _cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf(verifier)}");

    private static void BreakOff(TestBackend backend) => backend.Behaviour = context =>
    {
        context.Abort();
        return Task.CompletedTask;
    };
}
