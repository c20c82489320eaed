using Keylime.Protocol;
using Keylime.Registrar.Agents;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Registrar.Activation;

internal static class ActivationEndpoints
{
    private const int MaxBodyBytes = 4 * 1024;

    /// <summary>Maps the activation that every version has.</summary>
    public static RouteGroupBuilder MapActivation(this RouteGroupBuilder agents)
    {
        agents.MapPost("/{id}/activate", ActivateAsync).AllowEveryoneOverPlainHttp();
        return agents;
    }

    /// <summary>Maps the forms of API v2. Agents use the first.</summary>
    public static RouteGroupBuilder MapActivationByPut(this RouteGroupBuilder agents)
    {
        agents.MapPut("/{id}", ActivateAsync).AllowEveryoneOverPlainHttp();
        agents.MapPut("/{id}/activate", ActivateAsync).AllowEveryoneOverPlainHttp();
        return agents;
    }

    private static async Task<IResult> ActivateAsync(string id, HttpContext context, ActivateAgent activate)
    {
        if (!AgentId.TryParse(id, out var agentId)) return AgentEndpoints.InvalidId();
        var reading = await JsonBody.ReadAsync(context, KeylimeJson.Default.ActivateAgentRequest, MaxBodyBytes);
        if (!reading.IsGood) return reading.Refusal;
        if (reading.Body.Value.AuthTag is not { } tag) return Answers.Error(StatusCodes.Status400BadRequest, "auth_tag is missing");
        return await activate.RunAsync(agentId, tag, Remote.Of(context), context.RequestAborted) switch
        {
            ActivationOutcome.Activated => Answers.Ok(),
            ActivationOutcome.UnknownAgent => AgentEndpoints.NotFound(agentId),
            _ => Answers.Error(StatusCodes.Status400BadRequest,
                $"Auth tag for agent '{agentId}' does not match: its TPM did not prove that it holds the claimed keys. Register again"),
        };
    }
}
