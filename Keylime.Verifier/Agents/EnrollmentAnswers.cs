using Keylime.Attestation.Agents;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Verifier.Agents;

/// <summary>What an add request is answered with, once it has met the store.</summary>
internal static class EnrollmentAnswers
{
    public static IResult Of(Enrollment enrollment, AddAgentOutcome outcome) => outcome switch
    {
        AddAgentOutcome.Added => Answers.Ok(),
        AddAgentOutcome.AgentExists => AgentExists(enrollment),
        AddAgentOutcome.RuntimePolicyExists => Answers.Error(409, $"Runtime policy with name {enrollment.Agent.RuntimePolicyName} already exists"),
        AddAgentOutcome.RuntimePolicyUnknown => Answers.Error(404, $"Could not find runtime policy with name {enrollment.Agent.RuntimePolicyName}"),
        AddAgentOutcome.MeasuredBootPolicyExists => Answers.Error(409, $"Measured boot policy with name {enrollment.Agent.MeasuredBootPolicyName} already exists"),
        _ => Answers.Error(404, $"Could not find measured boot policy with name {enrollment.Agent.MeasuredBootPolicyName}"),
    };

    /// <summary>The answer that even a broken policy has to wait; null when there is none.</summary>
    public static async Task<IResult?> FindCollisionAsync(Enrollment enrollment, IAgentStore agents, IPolicyStore policies, CancellationToken ct)
    {
        var (agent, name) = (enrollment.Agent, enrollment.Agent.RuntimePolicyName);
        if (name != agent.Id.Value && enrollment.RuntimePolicy is not null && await policies.FindAsync(PolicyKind.Runtime, name, ct) is not null)
            return Of(enrollment, AddAgentOutcome.RuntimePolicyExists);
        return await agents.FindAsync(agent.Id, ct) is null ? null : AgentExists(enrollment);
    }

    private static IResult AgentExists(Enrollment enrollment) =>
        Answers.Error(409, $"Agent of uuid {enrollment.Agent.Id} already exists. Please use delete or update.");
}
