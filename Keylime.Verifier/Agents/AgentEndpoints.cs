using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Agents;

/// <summary><c>/agents</c>: enrolled agents and their state, as the store has it. Any verifier answers for any agent; the owner hears of changes
/// from the store.</summary>
internal static class AgentEndpoints
{
    public static IEndpointRouteBuilder MapAgents(this IEndpointRouteBuilder api)
    {
        var agents = api.MapGroup("/v2/agents").RequireAdmin();
        agents.MapGet("/", ListAsync);
        agents.MapGet("/{id}", GetAsync);
        agents.MapPost("/{id}", AddAsync);
        agents.MapDelete("/{id}", DeleteAsync);
        agents.MapPut("/{id}", () => Answers.Error(400, "Exception error: a sub-path, reactivate or stop, is required"));
        agents.MapPut("/{id}/reactivate", (string id, IAgentStore store, CancellationToken ct) => ChangeAsync(id, OperationalState.Start, store, ct));
        agents.MapPut("/{id}/stop", (string id, IAgentStore store, CancellationToken ct) => ChangeAsync(id, OperationalState.TenantFailed, store, ct));
        return api;
    }

    private static async Task<IResult> ListAsync(HttpContext context, IAgentStore store, AttestationOptions options, CancellationToken ct)
    {
        var verifier = context.Request.Query["verifier"] is [{ Length: > 0 } id, ..] ? id : null;
        // No database can be asked for it.
        if (verifier?.Contains('\0', StringComparison.Ordinal) == true) return Answers.Error(400, "verifier must not hold a NUL");
        if (context.Request.Query.ContainsKey("bulk"))
            return Answers.Ok((await store.ListAsync(verifier, ct)).ToDictionary(agent => agent.Enrollment.Id.Value, agent => AgentStatus.Of(agent, options)));
        return Answers.Ok(new VerifierAgentListResponse([.. (await store.ListIdsAsync(verifier, ct)).Select(agent => (string[])[agent.Value])]));
    }

    private static async Task<IResult> GetAsync(string id, IAgentStore store, AttestationOptions options, CancellationToken ct) =>
        !AgentId.TryParse(id, out var agentId) ? InvalidId()
        : await store.FindAsync(agentId, ct) is { } agent ? Answers.Ok(AgentStatus.Of(agent, options))
        : NotFound();

    private static async Task<IResult> AddAsync(HttpContext context, string id, EnrollmentReader reader, IAgentStore store, IPolicyStore policies, CancellationToken ct)
    {
        if (!AgentId.TryParse(id, out var agentId)) return InvalidId();
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.AddAgentRequest, reader.MaxBytes);
        if (!body.IsGood) return body.Refusal;
        if (!reader.TryRead(agentId, body.Body, out var enrollment, out var fault)) return Answers.Error(400, fault);
        // A policy that is no policy is told after everything that its name and the agent's collide with.
        return enrollment.PolicyRefusal is { } refusal
            ? await EnrollmentAnswers.FindCollisionAsync(enrollment, store, policies, ct) ?? refusal
            : EnrollmentAnswers.Of(enrollment, await store.AddAsync(enrollment.Agent, enrollment.RuntimePolicy, enrollment.MeasuredBootPolicy, ct));
    }

    // The owner's next write is refused and it forgets the agent: there is nothing to wait for, so never 202.
    private static async Task<IResult> DeleteAsync(string id, IAgentStore store, VerifierOptions options, CancellationToken ct)
    {
        if (!AgentId.TryParse(id, out var agentId)) return InvalidId();
        if (await store.FindAsync(agentId, ct) is not { } agent) return NotFound();
        if (agent.Enrollment.VerifierId != options.Uuid) return Answers.Error(404, "agent id associated to this verifier");
        return await store.DeleteAsync(agentId, ct) ? Answers.Ok() : NotFound();
    }

    private static async Task<IResult> ChangeAsync(string id, OperationalState state, IAgentStore store, CancellationToken ct) =>
        !AgentId.TryParse(id, out var agentId) ? InvalidId()
        : await store.ChangeStateAsync(agentId, state, ct) ? Answers.Ok()
        : Answers.Error(400, "Exception error: agent id not found");

    // Twice "not": upstream's wording.
    private static IResult InvalidId() => Answers.Error(400, "agent_id not not valid");

    private static IResult NotFound() => Answers.Error(404, "agent id not found");
}
