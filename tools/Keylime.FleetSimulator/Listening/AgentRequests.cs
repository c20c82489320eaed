using System.Text.Json.Serialization.Metadata;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Payload;
using Keylime.FleetSimulator.Quotes;
using Keylime.FleetSimulator.Statistics;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keylime.FleetSimulator.Listening;

/// <summary>Answers for all agents, in the Rust agent's words. Which agent is meant is known from the connection.</summary>
internal sealed class AgentRequests(FleetStatistics statistics, FaultLog faults, TimeProvider time)
{
    public const int MaxBodyBytes = 2 << 20;

    private static readonly ApiVersion s_withInfo = new(2, 2);

    public async Task AnswerAsync(HttpContext context)
    {
        var agent = context.Features.GetRequiredFeature<SimulatedAgent>();
        if (agent.Fault == Fault.Dead)
        {
            faults.Announce(agent);
            context.Abort();
            return;
        }
        if (agent.Fault == Fault.Slow)
        {
            faults.Announce(agent);
            await Task.Delay(agent.Slowness, time, context.RequestAborted);
        }
        await RouteAsync(context, agent);
    }

    private Task RouteAsync(HttpContext context, SimulatedAgent agent)
    {
        var path = context.Request.Path.Value ?? "";
        if (path == "/version") return SendAsync(context, AgentAnswers.Version, KeylimeJson.Default.EnvelopeAgentVersionResponse);
        // /v2.6/quotes/integrity
        var end = path.IndexOf('/', 1);
        if (path is not ['/', 'v', >= '0' and <= '9', ..] || end < 0) return RefuseAsync(context, 400, "Not Implemented: Use /version or a version of the API");
        if (!ApiVersion.TryParse(path.AsSpan(2, end - 2), out var version) || !ApiVersion.AgentSupported.Contains(version))
            return RefuseAsync(context, 400, $"API version not supported: {path[1..end]}");
        return (context.Request.Method, path[end..]) switch
        {
            ("GET", "/quotes/integrity") => IntegrityAsync(context, agent, version),
            ("GET", "/quotes/identity") => IdentityAsync(context, agent, version),
            ("GET", "/keys/pubkey") => SendAsync(context, new(agent.Machine.PayloadKey.PublicPem), KeylimeJson.Default.EnvelopePublicKeyResponse),
            ("GET", "/keys/verify") => VerifyKeyAsync(context, agent),
            ("POST", "/keys/ukey") => TakeTenantShareAsync(context, agent),
            ("POST", "/keys/vkey") => TakeVerifierShareAsync(context, agent),
            ("GET", "/agent/info") when version.CompareTo(s_withInfo) >= 0 => SendAsync(context, AgentAnswers.Info(agent, version), KeylimeJson.Default.EnvelopeAgentInfoResponse),
            ("POST", "/notifications/revocation") => TakeNotificationAsync(context),
            ("GET" or "POST", _) => RefuseAsync(context, 400, "Not Implemented: Use /agent, /keys, /notifications or /quotes interfaces"),
            _ => RefuseAsync(context, 405, "Method is not supported"),
        };
    }

    private Task IdentityAsync(HttpContext context, SimulatedAgent agent, ApiVersion version) =>
        QuoteParameters.TryReadIdentity(new RequestQuery(context.Request.QueryString).TryGet, out var parameters, out var error)
            ? SendQuoteAsync(context, agent, parameters, version)
            : RefuseAsync(context, 400, error);

    private Task IntegrityAsync(HttpContext context, SimulatedAgent agent, ApiVersion version)
    {
        if (!QuoteParameters.TryReadIntegrity(new RequestQuery(context.Request.QueryString).TryGet, out var parameters, out var error)) return RefuseAsync(context, 400, error);
        statistics.NoteQuote(agent);
        return SendQuoteAsync(context, agent, parameters, version);
    }

    private Task SendQuoteAsync(HttpContext context, SimulatedAgent agent, QuoteParameters parameters, ApiVersion version)
    {
        var fault = agent.Fault;
        var quote = agent.Machine.Quote(parameters, fault);
        if (fault != Fault.None) faults.Announce(agent);
        return SendAsync(context, QuoteAnswer.Write(agent.Machine, parameters, quote, version).Written);
    }

    private Task VerifyKeyAsync(HttpContext context, SimulatedAgent agent)
    {
        if (!new RequestQuery(context.Request.QueryString).TryGet("challenge", out var challenge, out var error)) return RefuseAsync(context, 400, error);
        if (challenge.Length == 0 || !challenge.All(char.IsAsciiLetterOrDigit)) return RefuseAsync(context, 400, $"Parameters should be strictly alphanumeric: {challenge}");
        return agent.Shares.Key is { } key
            ? SendAsync(context, new(Keylime.Protocol.Payloads.KeyShares.Prove(key, challenge)), KeylimeJson.Default.EnvelopeVerifyKeyResponse)
            : RefuseAsync(context, 400, "Bootstrap key not yet available.");
    }

    private async Task TakeTenantShareAsync(HttpContext context, SimulatedAgent agent)
    {
        if (await ReadAsync(context, KeylimeJson.Default.UKeyRequest) is not { } request) return;
        if (request.AuthTag is not { } tag) await RefuseAsync(context, 400, "Json deserialize error: missing field `auth_tag`");
        else if (PayloadShare.TryOpen(request.EncryptedKey, agent.Machine.PayloadKey, out var share, out var error))
        {
            agent.Shares.AddTenantShare(share, tag.ToLowerInvariant());
            await SendAsync(context, new(), KeylimeJson.Default.EnvelopeNothing);
        }
        else await RefuseAsync(context, 400, error);
    }

    private async Task TakeVerifierShareAsync(HttpContext context, SimulatedAgent agent)
    {
        if (await ReadAsync(context, KeylimeJson.Default.VKeyRequest) is not { } request) return;
        if (PayloadShare.TryOpen(request.EncryptedKey, agent.Machine.PayloadKey, out var share, out var error))
        {
            agent.Shares.AddVerifierShare(share);
            await SendAsync(context, new(), KeylimeJson.Default.EnvelopeNothing);
        }
        else await RefuseAsync(context, 400, error);
    }

    private async Task TakeNotificationAsync(HttpContext context)
    {
        if (await ReadAsync(context, KeylimeJson.Default.RevocationNotification) is not { } notification) return;
        if (notification.Msg is null || notification.Signature is null)
            await RefuseAsync(context, 400, $"Json deserialize error: missing field `{(notification.Msg is null ? "msg" : "signature")}`");
        else await SendAsync(context, new(), KeylimeJson.Default.EnvelopeNothing);
    }

    /// <summary>Null when the body was refused, which has been answered then.</summary>
    private async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) where T : class
    {
        var body = await JsonBody.ReadAsync(context, type, MaxBodyBytes);
        if (body.IsGood) return body.Body.Value;
        statistics.NoteRefusal();
        await body.Refusal.ExecuteAsync(context);
        // What is no JSON at all is refused without a body; agents have an envelope for everything.
        if (!context.Response.HasStarted) await SendErrorAsync(context, context.Response.StatusCode, "Json deserialize error");
        return null;
    }

    private Task RefuseAsync(HttpContext context, int status, string message)
    {
        statistics.NoteRefusal();
        return SendErrorAsync(context, status, message);
    }

    private static Task SendErrorAsync(HttpContext context, int status, string message) =>
        Results.Json(new Envelope<Nothing>(status, message, new()), KeylimeJson.Default.EnvelopeNothing, statusCode: status).ExecuteAsync(context);

    private static Task SendAsync<T>(HttpContext context, T results, JsonTypeInfo<Envelope<T>> type) =>
        Results.Json(new Envelope<T>(StatusCodes.Status200OK, "Success", results), type).ExecuteAsync(context);

    private static Task SendAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        // Kestrel takes a copy before it gives the thread, and with it the thread's buffer, away.
        var flush = context.Response.BodyWriter.WriteAsync(json);
        return flush.IsCompletedSuccessfully ? Task.CompletedTask : flush.AsTask();
    }
}
