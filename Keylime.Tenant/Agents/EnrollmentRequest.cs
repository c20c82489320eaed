using Keylime.Protocol;
using Keylime.Tenant.Payloads;
using Keylime.Tenant.Policies;

namespace Keylime.Tenant.Agents;

/// <summary>What is to be known of agents that are added together.</summary>
internal sealed record EnrollmentRequest
{
    public required AgentPolicies Policies { get; init; }
    /// <summary>Address of the agent for the tenant; null takes the registered one.</summary>
    public string? AgentHost { get; init; }
    public int? AgentPort { get; init; }
    /// <summary>Address of the agent for the verifier, where it differs.</summary>
    public string? AgentHostForVerifier { get; init; }
    /// <summary>The agent calls the verifier; it is not contacted.</summary>
    public bool IsPushModel { get; init; }
    public ApiVersion? AgentVersion { get; init; }
    /// <summary>Made per agent: each gets a key of its own.</summary>
    public Func<AgentId, Payload>? PayloadFor { get; init; }
    /// <summary>Wait until the agent proves that it has the payload key.</summary>
    public bool MustVerifyPayload { get; init; }
    /// <summary>How long to wait for the agent to register; zero: it must have.</summary>
    public TimeSpan WaitRegistered { get; init; }
}
