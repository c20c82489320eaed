using System.Diagnostics;
using Keylime.Agent.Identity;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Devices;

namespace Keylime.Agent.Registration;

/// <summary>Makes the agent known to the registrar, and proves that its attestation key lives in the TPM that the endorsement key names.</summary>
/// <remarks>Done at every start: the registrar answers the same TPM with a new challenge and changes nothing else.</remarks>
internal sealed partial class AgentRegistration(
    AgentConfig config, AgentIdentity identity, RegistrarClient registrar, CredentialActivation activation, TimeProvider time, ILogger<AgentRegistration> logger)
{
    /// <summary>A fleet that lost its registrars together must not come back together: each pause is longer by up to this share of it.</summary>
    private const double MaxJitter = 0.25;

    private static readonly ActivitySource s_traces = new("Keylime.Agent.Registration");

    /// <exception cref="RegistrationException">The registrar refuses this agent, or none answered within the configured number of tries.</exception>
    public async Task RegisterAsync(CancellationToken stop)
    {
        var options = config.Registration;
        var pause = options.InitialDelay;
        for (var retries = 0; ; retries++)
        {
            var outcome = await TryRegisterAsync(stop);
            if (outcome.IsGood) break;
            if (outcome.Status == StatusCodes.Status403Forbidden) throw RegistrationException.Forbidden(identity.Id, outcome.Message);
            if (retries == options.MaxRetries || !MayPass(outcome)) throw new RegistrationException($"registration failed: {outcome}");
            var wait = pause * (1 + Random.Shared.NextDouble() * MaxJitter);
            LogRetried(outcome.ToString(), wait.TotalSeconds);
            await Task.Delay(wait, time, stop);
            pause = pause * 2 < options.MaxDelay ? pause * 2 : options.MaxDelay;
        }
        LogRegistered(identity.Id.Value, registrar.Version.ToString());
    }

    /// <summary>Whether the same request can succeed later: the registrar is away or overloaded, lost or replaced our challenge meanwhile, or what answered makes no sense
    /// and is none: over plain HTTP anybody between us and it can say so.</summary>
    private static bool MayPass<T>(Answer<T> answer) where T : class =>
        answer.Fault is Fault.Transport or Fault.Malformed || answer.Status is StatusCodes.Status408RequestTimeout or StatusCodes.Status429TooManyRequests or >= 500 or ActivationLost;

    /// <summary>Stands for an activation that the registrar refused. It forgets the challenge then, so a new registration may succeed.</summary>
    private const int ActivationLost = 499;

    private async Task<Answer<Nothing>> TryRegisterAsync(CancellationToken stop)
    {
        using var activity = s_traces.StartActivity("register");
        var challenge = await RequestChallengeAsync(stop);
        if (!challenge.IsGood) return challenge.As<Nothing>();
        string? tag;
        try { tag = await activation.OpenAsync(challenge.Value.Blob, stop); }
        catch (TpmUnavailableException e) { return new(null, e.Message, null, Fault.Transport); }
        if (tag is null) return new(null, "the TPM cannot open the registrar's challenge", null, Fault.Malformed);
        var activated = await registrar.ActivateAsync(identity.Id, new(AuthTag.Compute(tag, identity.Id.Value)), stop);
        return activated.Status is StatusCodes.Status400BadRequest or StatusCodes.Status404NotFound ? activated with { Status = ActivationLost } : activated;
    }

    private async Task<Answer<RegisterAgentResponse>> RequestChallengeAsync(CancellationToken stop)
    {
        var request = Describe();
        var versions = await registrar.GetVersionAsync(stop);
        if (versions.Fault == Fault.Transport) return versions.As<RegisterAgentResponse>();
        if (versions.IsGood && versions.Value.SupportedVersions is { Count: > 0 })
        {
            if (VersionNegotiation.ChooseForServer(versions.Value, config.ApiVersions) is not { } version)
                return new(null, $"registrar speaks {string.Join(", ", versions.Value.SupportedVersions)}, we speak {string.Join(", ", config.ApiVersions)}", null, Fault.Refused);
            registrar.Version = version;
            return await registrar.RegisterAsync(identity.Id, request, stop);
        }
        // A registrar that does not say what it speaks: the newest that it takes.
        Answer<RegisterAgentResponse> answer = versions.As<RegisterAgentResponse>();
        foreach (var version in config.ApiVersions.Reverse())
        {
            registrar.Version = version;
            answer = await registrar.RegisterAsync(identity.Id, request, stop);
            if (answer.IsGood || answer.Fault == Fault.Transport || answer.Status == StatusCodes.Status403Forbidden) break;
        }
        return answer;
    }

    private RegisterAgentRequest Describe() => new()
    {
        EkTpm = Convert.ToBase64String(identity.EndorsementKey),
        AikTpm = Convert.ToBase64String(identity.AttestationKey),
        EkCert = identity.EndorsementCertificates,
        Ip = config.ContactAddress,
        Port = config.ContactPort,
        MtlsCert = identity.ServerCertificate is { } certificate ? certificate.ExportCertificatePem() + "\n" : "disabled",
    };

    [LoggerMessage(EventIds.Registered, LogLevel.Information, "Agent {AgentId} registered and activated, API {Version}")]
    private partial void LogRegistered(string agentId, string version);

    [LoggerMessage(EventIds.RegistrationRetried, LogLevel.Warning, "Not registered: {Reason}; next try in {Seconds:0.0} s")]
    private partial void LogRetried(string reason, double seconds);
}
