using System.Net;

namespace Keylime.Gateway.Tests.Forwarding;

/// <summary>A back end that is slower than the gateway waits. Nothing else is asked of a gateway that waits so little: a busy machine would make all of them slow.</summary>
public sealed class TimeoutTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Says_that_the_owner_did_not_answer_in_time_and_tries_nobody_else(string method)
    {
        await using var cluster = await TestCluster.StartAsync(("request_timeout", "1"));
        cluster.Verifiers[1].Behaviour = async context => await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var request = new HttpRequestMessage(new(method), cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf("verifier-1")}"));
        using var response = await cluster.Admin.SendAsync(request);
        await TestCluster.AssertEnvelopeAsync(response, HttpStatusCode.GatewayTimeout, "The verifier did not answer in time");
        Assert.Equal(1, cluster.Verifiers.Sum(verifier => verifier.Received.Count));
    }
}
