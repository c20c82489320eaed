using System.Security.Cryptography;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.Payloads;
using Keylime.Protocol.V2;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Endorsements;
using Keylime.Tenant.Payloads;

namespace Keylime.Tenant.Agents;

/// <summary>Adds an agent to the verifier: only after its TPM was judged genuine and proved to be at the other end.</summary>
internal sealed class Enrollment(TenantSession session, EnrollmentRequest request)
{
    private static readonly TimeSpan RegistrationPoll = TimeSpan.FromMilliseconds(500);

    private readonly EndorsementCheck _endorsements = new(session);
    private readonly IdentityQuote _identity = new(session);

    public async Task AddAsync(AgentId id, CancellationToken ct)
    {
        var registration = await GetRegistrationAsync(id, ct);
        if (registration.Regcount > 1)
            session.Log.WriteLine($"WARNING: agent {id} was registered {registration.Regcount} times with different data; make sure that its TPM is the machine's own");
        await _endorsements.VerifyAsync(id, registration, ct);
        await AddRegisteredAsync(id, registration, request.PayloadFor?.Invoke(id), ct);
    }

    /// <summary>Makes sure that the agent is registered and its TPM trusted, without changing anything.</summary>
    public async Task DemandRegistrationAsync(AgentId id, CancellationToken ct) => await _endorsements.VerifyAsync(id, await GetRegistrationAsync(id, ct), ct);

    private async Task AddRegisteredAsync(AgentId id, RegistrarAgentResponse registration, Payload? payload, CancellationToken ct)
    {
        if (payload?.Encrypted is { } encrypted && encrypted.Length > session.Config.MaxPayloadSize)
            throw new UserErrorException($"Payload size {encrypted.Length} exceeds max size {session.Config.MaxPayloadSize}");
        var version = request.AgentVersion ?? ApiVersion.Current;
        AgentClient? agent = null;
        if (!request.IsPushModel)
        {
            agent = Connect(id, registration);
            version = request.AgentVersion ?? await NegotiateAsync(id, agent, ct);
            var publicKey = await _identity.VerifyAsync(id, registration, agent, version, ct);
            if (payload is not null) await DeliverAsync(id, agent, version, payload, publicKey, ct);
        }
        await AddToVerifierAsync(id, registration, payload, version, ct);
        if (agent is not null && payload is not null && request.MustVerifyPayload) await VerifyDeliveryAsync(id, agent, version, payload, ct);
    }

    private async Task<RegistrarAgentResponse> GetRegistrationAsync(AgentId id, CancellationToken ct)
    {
        var deadline = session.Time.GetUtcNow() + request.WaitRegistered;
        while (true)
        {
            if (await session.FindRegistrationAsync(id, ct) is { } registration) return registration;
            if (session.Time.GetUtcNow() >= deadline) throw new UserErrorException($"Agent {id} data not found in the Registrar.");
            await Task.Delay(RegistrationPoll, session.Time, ct);
        }
    }

    private AgentClient Connect(AgentId id, RegistrarAgentResponse registration)
    {
        var host = request.AgentHost ?? registration.Ip ?? throw new UserErrorException($"Agent {id} registered no address; give one with --targethost");
        var port = request.AgentPort ?? registration.Port ?? throw new UserErrorException($"Agent {id} registered no port; give one with --targetport");
        // What an agent registers must not decide whether it is spoken to in the clear: the operator does.
        if (registration.MtlsCert == "disabled" && session.Config.EnableAgentMtls)
            throw new UserErrorException($"Agent {id} registered without TLS, but enable_agent_mtls is true");
        if (!session.Config.EnableAgentMtls)
        {
            session.Log.WriteLine($"WARNING: mTLS for agent {id} is disabled: what it is sent can be read on the way");
            return session.Agents.Agent(host, port, null, session.Config.RequestTimeout);
        }
        return CertificatePin.TryParse(registration.MtlsCert, out var pin)
            ? session.Agents.Agent(host, port, pin, session.Config.RequestTimeout)
            : throw new UserErrorException($"Agent {id} registered no usable TLS certificate; agents of API version 1.0 are not supported");
    }

    private static async Task<ApiVersion> NegotiateAsync(AgentId id, AgentClient agent, CancellationToken ct)
    {
        var answer = await agent.GetVersionAsync(ct);
        // The quote that follows is retried, so an agent that is not up yet is not given up here.
        if (!answer.IsGood) return ApiVersion.Current;
        return VersionNegotiation.ChooseForAgent(answer.Value, ApiVersion.AgentSupported)
            ?? throw new UserErrorException($"Agent {id} serves no API version of ours ({string.Join(", ", answer.Value.SupportedVersions ?? [answer.Value.SupportedVersion])})");
    }

    private static async Task DeliverAsync(AgentId id, AgentClient agent, ApiVersion version, Payload payload, string publicKey, CancellationToken ct)
    {
        using var rsa = RSA.Create();
        string encryptedKey;
        try
        {
            rsa.ImportFromPem(publicKey);
            // OAEP with SHA-1 is Keylime's wire format; its security does not rest on collisions of the hash.
            encryptedKey = Convert.ToBase64String(rsa.Encrypt(payload.U, RSAEncryptionPadding.OaepSHA1));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new UserErrorException($"Agent {id}: its public key is no RSA key, or too short for the payload's", e);
        }
        var message = new UKeyRequest(KeyShares.Prove(payload.K, id.Value), encryptedKey, payload.Encrypted is null ? null : Convert.ToBase64String(payload.Encrypted));
        (await agent.SendUKeyAsync(version, message, ct)).Get($"delivering the payload to agent {id}");
    }

    private async Task AddToVerifierAsync(AgentId id, RegistrarAgentResponse registration, Payload? payload, ApiVersion version, CancellationToken ct)
    {
        // What other tenants will come back to: the address that this one reaches the verifier by.
        var verifierAddress = session.Config.Verifiers[0].Address;
        var answer = await (await session.VerifierAsync(ct)).AddAgentAsync(id, new AddAgentRequest
        {
            V = payload is null ? null : Convert.ToBase64String(payload.V),
            CloudagentIp = request.AgentHostForVerifier ?? request.AgentHost ?? registration.Ip,
            CloudagentPort = request.AgentPort ?? registration.Port,
            VerifierIp = verifierAddress.DnsSafeHost,
            VerifierPort = verifierAddress.Port,
            TpmPolicy = request.Policies.TpmPolicy,
            RuntimePolicy = request.Policies.RuntimePolicy,
            RuntimePolicyName = request.Policies.RuntimePolicyName,
            RuntimePolicyKey = request.Policies.RuntimePolicyKey,
            MbPolicy = request.Policies.MeasuredBootPolicy,
            MbPolicyName = request.Policies.MeasuredBootPolicyName,
            ImaSignVerificationKeys = request.Policies.ImaVerificationKeys,
            Metadata = payload?.Metadata ?? "{}",
            RevocationKey = payload?.RevocationKey ?? "",
            AcceptTpmHashAlgs = session.Config.AcceptTpmHashAlgs,
            AcceptTpmEncryptionAlgs = session.Config.AcceptTpmEncryptionAlgs,
            AcceptTpmSigningAlgs = session.Config.AcceptTpmSigningAlgs,
            AkTpm = registration.AikTpm,
            MtlsCert = registration.MtlsCert,
            SupportedVersion = version.ToString(),
        }, ct);
        if (answer.Status == 409) throw new UserErrorException($"Agent {id} cannot be added: {answer.Message} Update or delete it first.");
        answer.Get($"adding agent {id} to the verifier");
    }

    private async Task VerifyDeliveryAsync(AgentId id, AgentClient agent, ApiVersion version, Payload payload, CancellationToken ct)
    {
        var retries = session.Config.Retries;
        for (var failures = 1; ; failures++)
        {
            var challenge = IdentityQuote.NewNonce();
            var answer = await agent.VerifyKeyAsync(version, challenge, ct);
            if (answer.IsGood && KeyShares.IsProof(payload.K, challenge, answer.Value.Hmac)) return;
            if (failures > retries.MaxRetries)
            {
                // An agent that cannot prove its key must not count as provisioned.
                await (await session.VerifierAsync(ct)).StopAgentAsync(id, ct);
                throw new UserErrorException($"Failed key derivation for agent {id}{(answer.IsGood ? "" : $": {answer}")}; it was stopped");
            }
            var pause = retries.PauseAfter(failures);
            session.Log.WriteLine($"Key derivation not yet complete for agent {id}, try {failures} of {retries.MaxRetries}, again in {pause.TotalSeconds:0.#} s");
            await Task.Delay(pause, session.Time, ct);
        }
    }
}
