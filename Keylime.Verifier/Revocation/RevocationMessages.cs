using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Revocation;

/// <summary>Writes revocation messages. They are signed here, when the verdict falls, so that the outbox holds no key and an agent may be deleted before
/// its message is delivered.</summary>
internal sealed partial class RevocationMessages(RevocationOptions options, AttestationOptions attestation, TimeProvider time, ILogger<RevocationMessages> logger)
{
    public IReadOnlyList<OutboxMessage> Create(AgentEnrollment agent, IReadOnlyList<Notice> notices) =>
        options.IsEnabled && notices.Count > 0 ? [.. notices.Select(notice => Create(agent, notice))] : [];

    /// <summary>The message of a stale agent. It is written when it is sent: whoever finds an agent stale has no key of it.</summary>
    public string CreateStale(StoredAgent agent)
    {
        var failure = AttestationFailure.Stale(agent.State.LastSuccessfulAttestation);
        return Create(agent.Enrollment, new Notice("stale", failure, attestation.Severity.Assess([failure]).Label)).Payload;
    }

    private OutboxMessage Create(AgentEnrollment agent, Notice notice)
    {
        var message = JsonSerializer.Serialize(new RevocationMessage(
            notice.Type, agent.Ip, agent.Id.Value, agent.Port, agent.TpmPolicy, agent.MetaData, AscTime(time.GetLocalNow()),
            notice.Event.EventId, notice.SeverityLabel,
            JsonSerializer.Serialize(new(notice.Event.Detail), RevocationJson.Default.EventContext)), RevocationJson.Default.RevocationMessage);
        var signed = new RevocationNotification(message, Sign(agent, message));
        return new(OutboxMessage.Revocation, agent.Id, JsonSerializer.Serialize(signed, KeylimeJson.Default.RevocationNotification));
    }

    private string Sign(AgentEnrollment agent, string message)
    {
        if (agent.RevocationKey.Length == 0) return "";
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(agent.RevocationKey);
            return Convert.ToBase64String(MaximalSaltPss.Sign(key, Encoding.UTF8.GetBytes(message)));
        }
#pragma warning disable CA1031 // A key can look good and not sign, whatever it then throws: the verdict must not be lost over it. Without a signature the webhook still hears of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogUnsigned(e, agent.Id.Value);
            return "";
        }
    }

    // C's asctime: "Sun Nov  2 06:10:01 2026".
    private static string AscTime(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{time:ddd MMM} {time.Day,2} {time:HH:mm:ss yyyy}");

    [LoggerMessage(EventIds.MessageUnsigned, LogLevel.Error, "Revocation key of agent {AgentId} does not sign; its message goes without a signature")]
    private partial void LogUnsigned(Exception cause, string agentId);
}

/// <summary>The text that is signed (<c>msg</c>).</summary>
internal sealed record RevocationMessage(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("ip")] string? Ip,
    [property: JsonPropertyName("agent_id")] string AgentId,
    [property: JsonPropertyName("port")] int? Port,
    [property: JsonPropertyName("tpm_policy")] string TpmPolicy,
    [property: JsonPropertyName("meta_data")] string MetaData,
    [property: JsonPropertyName("event_time")] string EventTime,
    [property: JsonPropertyName("event_id")] string EventId,
    [property: JsonPropertyName("severity_label")] string SeverityLabel,
    [property: JsonPropertyName("context")] string Context);

/// <summary>A plain message as an event's context.</summary>
internal sealed record EventContext([property: JsonPropertyName("message")] string Message);

[JsonSerializable(typeof(RevocationMessage))]
[JsonSerializable(typeof(EventContext))]
internal sealed partial class RevocationJson : JsonSerializerContext;
