using System.CommandLine;
using Keylime.Protocol;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Payloads;
using Keylime.Tenant.Policies;

namespace Keylime.Tenant.Agents;

/// <summary>Options of the verbs that add agents.</summary>
internal sealed class EnrollmentOptions
{
    private readonly Option<string?> _runtimePolicy = new("--runtime-policy") { Description = "Runtime policy, or its signed envelope", HelpName = "FILE" };
    private readonly Option<string?> _runtimePolicyName = new("--runtime-policy-name") { Description = "Name of the runtime policy: an existing one, or the one to make from FILE", HelpName = "NAME" };
    private readonly Option<string?> _runtimePolicySignatureKey = new("--runtime-policy-sig-key") { Description = "Public key or certificate that signed the runtime policy", HelpName = "FILE" };
    private readonly Option<string?> _measuredBootPolicy = new("--mb-policy") { Description = "Measured-boot reference state; 'default' takes the configured one", HelpName = "FILE" };
    private readonly Option<string?> _measuredBootPolicyName = new("--mb-policy-name") { Description = "Name of the measured-boot policy", HelpName = "NAME" };
    private readonly Option<string?> _tpmPolicy = new("--tpm-policy") { Description = "Values that PCRs may have: {\"15\":[\"<hex>\"]}", HelpName = "JSON" };
    private readonly Option<string?> _payload = new("--payload") { Description = "File to hand to the agents, encrypted, once they are trusted", HelpName = "FILE" };
    private readonly Option<string?> _cert = new("--cert") { Description = "Hand a certificate package to each agent, by the authority in this folder; 'default' takes the work folder's", HelpName = "DIR" };
    private readonly Option<string?> _include = new("--include") { Description = "Files to add to the certificate package", HelpName = "DIR" };
    private readonly Option<bool> _verify = new("--verify") { Description = "Wait until the agent proves that it has the payload's key" };
    private readonly Option<bool> _push = new("--push-model") { Description = "The agents call the verifier; they are not contacted" };
    private readonly Option<TimeSpan?> _waitRegistered = Durations.Create("--wait-registered", "How long to wait for agents to register: 60s, 5m (default: they must have)");
    private readonly Option<bool> _wait = new("--wait") { Description = "Wait until every agent is attested" };
    private readonly Option<TimeSpan?> _timeout = Durations.Create("--timeout", "How long --wait waits (default: 2m)");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_runtimePolicy, _runtimePolicyName, _runtimePolicySignatureKey, _measuredBootPolicy, _measuredBootPolicyName, _tpmPolicy,
            _payload, _cert, _include, _verify, _push, _waitRegistered, _wait, _timeout]) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            // Whether they are there: the value of an option that lacks its argument cannot be asked for.
            var (payload, cert) = (result.GetResult(_payload), result.GetResult(_cert));
            if (payload is not null && cert is not null) result.AddError("Only one of --payload and --cert");
            if (result.GetResult(_include) is not null && cert is null) result.AddError("--include needs --cert");
            if (result.GetValue(_verify) && payload is null && cert is null) result.AddError("--verify needs --payload or --cert");
        });
    }

    /// <summary>How long to wait for attestations; null: not at all.</summary>
    public TimeSpan? WaitFor(Verb verb) => verb.Arguments.GetValue(_wait) ? verb.Arguments.GetValue(_timeout) ?? TimeSpan.FromMinutes(2) : null;

    public async Task<EnrollmentRequest> ReadAsync(Verb verb, CancellationToken ct)
    {
        var arguments = verb.Arguments;
        return new()
        {
            Policies = await AgentPolicies.ReadAsync(new()
            {
                TpmPolicy = arguments.GetValue(_tpmPolicy),
                RuntimePolicyFile = arguments.GetValue(_runtimePolicy),
                RuntimePolicyName = arguments.GetValue(_runtimePolicyName),
                RuntimePolicySignatureKeyFile = arguments.GetValue(_runtimePolicySignatureKey),
                MeasuredBootPolicyFile = arguments.GetValue(_measuredBootPolicy),
                MeasuredBootPolicyName = arguments.GetValue(_measuredBootPolicyName),
            }, verb.Session.Config, verb.Session.Log, ct),
            IsPushModel = arguments.GetValue(_push),
            PayloadFor = PayloadOf(verb),
            MustVerifyPayload = arguments.GetValue(_verify),
            WaitRegistered = arguments.GetValue(_waitRegistered) ?? TimeSpan.Zero,
        };
    }

    private Func<AgentId, Payload>? PayloadOf(Verb verb)
    {
        if (verb.Arguments.GetValue(_payload) is { } file)
        {
            var clear = File.ReadAllBytes(file);
            return _ => Payload.Encrypt(clear);
        }
        if (verb.Arguments.GetValue(_cert) is not { } folder) return null;
        var packages = CertificatePackage.Open(folder, verb.Session.Settings, verb.Session.Time);
        var include = verb.Arguments.GetValue(_include);
        return id => packages.Create(id, include);
    }
}
