using Keylime.Protocol;

namespace Keylime.Registrar;

/// <summary>Who registered, activated and deleted what, from where: the lines that are read after an incident. No secret is in them.</summary>
internal sealed partial class RegistrarAudit(ILogger<RegistrarAudit> logger)
{
    [LoggerMessage(EventIds.Registered, LogLevel.Information, "Agent {AgentId} registered from {Remote}, registration {Regcount}, active {Active}")]
    public partial void Registered(AgentId agentId, string remote, int regcount, bool active);

    [LoggerMessage(EventIds.RegistrationRefused, LogLevel.Warning, "Registration of agent {AgentId} from {Remote} refused with {Status}: {Reason}")]
    public partial void RegistrationRefused(AgentId agentId, string remote, int status, string reason);

    [LoggerMessage(EventIds.MalformedCertificate, LogLevel.Warning, "Agent {AgentId} sent certificates that are not strictly DER: {Members}")]
    public partial void MalformedCertificate(AgentId agentId, string members);

    [LoggerMessage(EventIds.Activated, LogLevel.Information, "Agent {AgentId} activated from {Remote}")]
    public partial void Activated(AgentId agentId, string remote);

    [LoggerMessage(EventIds.ActivationRefused, LogLevel.Warning, "Activation of agent {AgentId} from {Remote} refused: wrong tag, record kept {Kept}")]
    public partial void ActivationRefused(AgentId agentId, string remote, bool kept);

    [LoggerMessage(EventIds.Deleted, LogLevel.Information, "Agent {AgentId} deleted by {Operator} from {Remote}")]
    public partial void Deleted(AgentId agentId, string? @operator, string remote);
}
