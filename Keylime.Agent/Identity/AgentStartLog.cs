using Keylime.Agent.Privileges;
using Keylime.Agent.Quotes;

namespace Keylime.Agent.Identity;

/// <summary>Tells the operator what the start found that he may want to change.</summary>
internal sealed partial class AgentStartLog(AgentConfig config, ILogger<AgentStartLog> logger)
{
    public void Write(ProvisionedAgent agent, PrivilegeOutcome privileges, IEnumerable<MeasurementLogFile> logs, DateTimeOffset now)
    {
        if (privileges == PrivilegeOutcome.Dropped) LogPrivilegesDropped(config.RunAs);
        else LogPrivilegesKept(config.RunAs, config.SecureFolder);
        var identity = agent.Identity;
        LogStarts(identity.Id.Value, identity.Algorithms.EndorsementKey.Name, identity.Algorithms.SigningName, identity.Algorithms.HashName);
        if (!agent.IsIdWellFormed) LogMisformatted(config.Uuid);
        if (agent.Origin == AttestationKeyOrigin.Kept) LogKept(config.DataPath);
        else if (agent.Origin == AttestationKeyOrigin.FirstStart) LogCreated(config.DataPath);
        else LogReplaced(agent.Origin, config.DataPath);
        if (identity.EndorsementCertificates is null) LogNoCertificate();
        foreach (var log in logs.Where(log => !log.WasThere)) LogMissing(log.Path);
        if (identity.ServerCertificate is null) LogMutualTlsDisabled();
        else if (identity.ServerCertificate.NotAfter < now) LogExpired(config.ServerCertificatePath, identity.ServerCertificate.NotAfter);
    }

    [LoggerMessage(EventIds.PrivilegesDropped, LogLevel.Information, "Running as {Account}")]
    private partial void LogPrivilegesDropped(string account);

    [LoggerMessage(EventIds.PrivilegesKept, LogLevel.Warning, "Running as the account that started the agent (run_as = '{RunAs}'): {Folder}, for payloads and their keys, is not in memory")]
    private partial void LogPrivilegesKept(string runAs, string folder);

    [LoggerMessage(EventIds.AgentStarts, LogLevel.Information, "Agent {AgentId}: keys {Key}, {Signing}, {Hash}")]
    private partial void LogStarts(string agentId, string key, string signing, string hash);

    [LoggerMessage(EventIds.MisformattedUuid, LogLevel.Warning, "Option uuid = '{Uuid}' is no UUID, name, generate or hash_ek: a random id is used, and another one at the next start")]
    private partial void LogMisformatted(string uuid);

    [LoggerMessage(EventIds.AttestationKeyLoaded, LogLevel.Information, "Attestation key loaded from {Path}")]
    private partial void LogKept(string path);

    [LoggerMessage(EventIds.AttestationKeyCreated, LogLevel.Information, "New attestation key kept in {Path}")]
    private partial void LogCreated(string path);

    [LoggerMessage(EventIds.AttestationKeyReplaced, LogLevel.Warning, "New attestation key ({Reason}); the old data is in {Path}.rejected, and registrars that know the old key will refuse this one")]
    private partial void LogReplaced(AttestationKeyOrigin reason, string path);

    [LoggerMessage(EventIds.NoEndorsementCertificate, LogLevel.Warning, "The TPM holds no certificate of its endorsement key")]
    private partial void LogNoCertificate();

    [LoggerMessage(EventIds.LogMissing, LogLevel.Warning, "There is no measurement log at {Path}")]
    private partial void LogMissing(string path);

    [LoggerMessage(EventIds.MutualTlsDisabled, LogLevel.Warning, "Mutual TLS is disabled: everybody who reaches this port can ask for quotes and deliver payload keys")]
    private partial void LogMutualTlsDisabled();

    [LoggerMessage(EventIds.CertificateExpired, LogLevel.Warning, "The certificate {Path} expired at {NotAfter}: peers that look at its dates will refuse it. Delete it to have a new one made, and register again")]
    private partial void LogExpired(string path, DateTime notAfter);
}
