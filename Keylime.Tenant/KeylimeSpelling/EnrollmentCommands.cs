using Keylime.Protocol;
using Keylime.Tenant.Agents;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Payloads;
using Keylime.Tenant.Policies;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary><c>add</c>, <c>update</c>, <c>delete</c>, <c>reactivate</c>.</summary>
internal static class EnrollmentCommands
{
    public static async Task AddAsync(KeylimeCall call, CancellationToken ct)
    {
        await new Enrollment(call.Session, await ReadAsync(call, ct)).AddAsync(call.Agent, ct);
        call.Say($"Agent {call.Agent} added to {call.VerifierName} after 1 tries");
    }

    public static async Task UpdateAsync(KeylimeCall call, CancellationToken ct)
    {
        var enrollment = new Enrollment(call.Session, await ReadAsync(call, ct));
        await enrollment.DemandRegistrationAsync(call.Agent, ct);
        await DeleteAsync(call, ct);
        await enrollment.AddAsync(call.Agent, ct);
        call.Say($"Agent {call.Agent} added to {call.VerifierName} after 1 tries");
    }

    public static async Task DeleteAsync(KeylimeCall call, CancellationToken ct)
    {
        using var session = await AtVerifierOfAsync(call, ct);
        var wasThere = session is not null && await Removal.RemoveAsync(session, call.Agent, ct);
        call.Say(wasThere ? $"Agent {call.Agent} deleted from the CV" : $"Agent {call.Agent} is already absent from the CV");
    }

    public static async Task ReactivateAsync(KeylimeCall call, CancellationToken ct)
    {
        using var session = await AtVerifierOfAsync(call, ct) ?? throw new UserErrorException($"Agent {call.Agent} does not exist on {call.VerifierName}.");
        (await (await session.VerifierAsync(ct)).ReactivateAgentAsync(call.Agent, ct)).Get($"reactivating agent {call.Agent}");
        call.Say($"Agent {call.Agent} re-activated");
    }

    /// <summary>A session with the verifier that the agent was added at, which may be another than the one asked; null when it is at none.</summary>
    private static async Task<TenantSession?> AtVerifierOfAsync(KeylimeCall call, CancellationToken ct)
    {
        var ours = call.Session.Config.Verifiers;
        if (!call.Get(call.Options.NoVerifierCheck))
        {
            if (await call.Session.FindStateAsync(call.Agent, ct) is not { } state) return null;
            if (state is { VerifierIp.Length: > 0, VerifierPort: > 0 } && !ours.Any(server => state.VerifierIp == server.Address.DnsSafeHost && state.VerifierPort == server.Address.Port))
                return call.Session.WithVerifiers([new(new UriBuilder(Uri.UriSchemeHttps, state.VerifierIp, state.VerifierPort.Value).Uri)]);
        }
        return call.Session.WithVerifiers(ours);
    }

    private static async Task<EnrollmentRequest> ReadAsync(KeylimeCall call, CancellationToken ct)
    {
        var options = call.Options;
        ApiVersion? version = null;
        if (call.Get(options.AgentApiVersion) is { } text) version = ApiVersion.TryParse(text, out var given) ? given : throw new UserErrorException($"'{text}' is no API version");
        return new()
        {
            Policies = await AgentPolicies.ReadAsync(RuntimePolicyCommands.PoliciesOf(call), call.Session.Config, call.Session.Log, ct),
            AgentHost = call.Get(options.TargetHost),
            AgentPort = call.Get(options.TargetPort),
            AgentHostForVerifier = call.Get(options.CvTargetHost),
            IsPushModel = call.Get(options.PushModel),
            AgentVersion = version,
            PayloadFor = PayloadOf(call),
            MustVerifyPayload = call.Get(options.Verify),
        };
    }

    private static Func<AgentId, Payload>? PayloadOf(KeylimeCall call)
    {
        var options = call.Options;
        var (file, key, cert) = (call.Get(options.File), call.Get(options.Key), call.Get(options.Cert));
        var sources = new[] { file, key, cert }.Count(source => source is not null);
        if (call.Get(options.Verify) && sources == 0) throw new UserErrorException("--verify only works when a payload is provided to the agent via -k, -f, or --cert");
        if (sources > 1) throw new UserErrorException("You must specify one of -k, -f, or --cert to specify the key/contents to be securely delivered to the agent");
        if (call.Get(options.Include) is not null && cert is null) throw new UserErrorException("--include option is only valid when used with --cert");
        if (file is not null) return _ => Payload.Encrypt(File.ReadAllBytes(file));
        if (key is not null) return _ => Payload.Read(key, call.Get(options.Payload));
        if (cert is null) return null;
        var packages = CertificatePackage.Open(cert, call.Session.Settings, call.Session.Time);
        return id => packages.Create(id, call.Get(options.Include));
    }
}
