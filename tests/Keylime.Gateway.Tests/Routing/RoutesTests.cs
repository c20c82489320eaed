using Keylime.Gateway.Backends;
using Keylime.Gateway.Routing;

namespace Keylime.Gateway.Tests.Routing;

public class RoutesTests
{
    [Theory]
    [InlineData("/", true, true)]
    [InlineData("/version", true, true)]
    [InlineData("/versions", true, false)]
    [InlineData("/v3.0/", true, true)]
    [InlineData("/v2", true, true)]
    [InlineData("/v2.6/agents", true, true)]
    [InlineData("/v2/agents/a/activate", true, true)]
    [InlineData("/v2.6/allowlists/p", true, false)]
    [InlineData("/v2.6/mbpolicies", true, false)]
    [InlineData("/v2.6/verify/identity?quote=r", true, false)]
    [InlineData("/v3.0/sessions/1", true, false)]
    [InlineData("/v3.0/agents/a/attestations/latest", true, true)]
    [InlineData("/v3.0/refstates/uefi", true, false)]
    [InlineData("/v3.0/policies/ima/p", true, false)]
    [InlineData("/version/x", false, false)]
    [InlineData("/agents", false, false)]
    [InlineData("/health", false, false)]
    [InlineData("/alive", false, false)]
    [InlineData("/metrics", false, false)]
    [InlineData("/v/agents", false, false)]
    [InlineData("/v2.6x/agents", false, false)]
    [InlineData("/v22222222/agents", false, false)]
    [InlineData("/V2.6/agents", false, false)]
    [InlineData("/v2.6/Agents", false, false)]
    [InlineData("/v2.6/quotes/integrity", false, false)]
    public void Knows_the_paths_of_verifiers_and_registrars(string raw, bool verifier, bool registrar)
    {
        var target = RequestTarget.Parse(raw)!;
        Assert.Equal(verifier, Routes.Knows(BackendKind.Verifier, target));
        Assert.Equal(registrar, Routes.Knows(BackendKind.Registrar, target));
        Assert.Equal(registrar, Routes.Knows(BackendKind.PlainRegistrar, target));
    }

    [Theory]
    [InlineData("/v2.6/agents/agent-1", "agent-1")]
    [InlineData("/v2/agents/agent-1/", "agent-1")]
    [InlineData("/v3.0/agents/agent-1/attestations/latest", "agent-1")]
    [InlineData("/v2.6/agents/%61gent-1/stop?x", "agent-1")]
    [InlineData("/v2.6/agents", null)]
    [InlineData("/v2.6/agents/?verifier=a", null)]
    [InlineData("/v2.6/allowlists/agent-1", null)]
    [InlineData("/version", null)]
    public void Finds_the_agent_a_request_is_about(string raw, string? agent) => Assert.Equal(agent, Routes.AgentOf(RequestTarget.Parse(raw)!));
}
