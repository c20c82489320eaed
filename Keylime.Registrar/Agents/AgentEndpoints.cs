using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Registrar.Agents;

internal static class AgentEndpoints
{
    /// <summary>A registration with a certificate chain has some 20 KiB.</summary>
    private const int MaxBodyBytes = 256 * 1024;

    /// <summary>Maps the routes that every version has.</summary>
    public static RouteGroupBuilder MapAgents(this RouteGroupBuilder api)
    {
        var agents = api.MapGroup("/agents");
        agents.MapGet("", ListAsync).RequireAdmin();
        agents.MapGet("/{id}", GetAsync).RequireAdmin();
        agents.MapDelete("/{id}", DeleteAsync).RequireAdmin();
        agents.MapPost("", (HttpContext context, RegisterAgent register) => RegisterAsync(null, context, register)).AllowEveryoneOverPlainHttp();
        return agents;
    }

    /// <summary>Maps the registration that agents of API v2 use.</summary>
    public static RouteGroupBuilder MapRegistrationById(this RouteGroupBuilder agents)
    {
        agents.MapPost("/{id}", RegisterAsync).AllowEveryoneOverPlainHttp();
        return agents;
    }

    private static async Task<IResult> ListAsync(IRegistrationStore store, CancellationToken ct) =>
        Answers.Ok(new RegistrarAgentListResponse([.. (await store.ListIdsAsync(ct)).Select(id => id.Value)]));

    private static async Task<IResult> GetAsync(string id, IRegistrationStore store, CancellationToken ct)
    {
        if (!AgentId.TryParse(id, out var agentId)) return InvalidId();
        var registration = await store.FindAsync(agentId, ct);
        if (registration is null) return NotFound(agentId);
        return registration.Active
            ? Answers.Ok(ToResponse(registration))
            : Answers.Error(StatusCodes.Status404NotFound, $"Agent with ID '{agentId}' has not been activated");
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, IRegistrationStore store, RegistrarAudit audit)
    {
        if (!AgentId.TryParse(id, out var agentId)) return InvalidId();
        if (!await store.DeleteAsync(agentId, context.RequestAborted)) return NotFound(agentId);
        audit.Deleted(agentId, context.GetCaller().Name, Remote.Of(context));
        return Answers.Ok();
    }

    private static async Task<IResult> RegisterAsync(string? id, HttpContext context, RegisterAgent register)
    {
        var reading = await JsonBody.ReadAsync(context, KeylimeJson.Default.RegisterAgentRequest, MaxBodyBytes);
        if (!reading.IsGood) return reading.Refusal;
        // The path wins over the body.
        if (!AgentId.TryParse(id ?? reading.Body.Value.AgentId, out var agentId)) return InvalidId();
        if (Claim.Decode(reading.Body.Value, out var fault) is not { } claim)
            return Answers.Error(StatusCodes.Status400BadRequest, $"{RegistrationRules.InvalidData}: {fault}");
        var (blob, refusal) = await register.RunAsync(agentId, claim, Remote.Of(context), context.RequestAborted);
        return refusal is null
            ? Answers.Ok(new RegisterAgentResponse(Convert.ToBase64String(blob!)))
            : Answers.Error(refusal.Status, refusal.Message);
    }

    internal static IResult InvalidId() => Answers.Error(StatusCodes.Status400BadRequest, "agent_id is not valid: 1 to 80 characters out of A-Z a-z 0-9 _ . -");

    internal static IResult NotFound(AgentId id) => Answers.Error(StatusCodes.Status404NotFound, $"Agent with ID '{id}' not found");

    private static RegistrarAgentResponse ToResponse(Registration registration) => new()
    {
        AgentId = registration.Id.Value,
        EkTpm = Base64(registration.EkTpm),
        AikTpm = Base64(registration.AkTpm),
        EkCert = Base64(registration.EkCert),
        MtlsCert = registration.MtlsCert,
        Ip = registration.Ip,
        Port = registration.Port,
        Regcount = registration.Regcount,
    };

    private static string? Base64(ReadOnlyMemory<byte>? bytes) => bytes is { } value ? Convert.ToBase64String(value.Span) : null;
}
