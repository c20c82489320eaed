using System.Text;
using Keylime.Client;
using Keylime.FleetSimulator.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.FleetSimulator.Joining;

/// <summary>Adds agents to the verifiers as an operator's tenant does, with one runtime policy for all.</summary>
internal sealed class Enrollment(HttpMessageInvoker http, IReadOnlyList<Uri> verifiers, FleetPolicies policies, int port, TimeProvider time) : IDisposable
{
    private const int Conflict = 409, NotFound = 404;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_deletionPoll = TimeSpan.FromMilliseconds(200);

    private ApiVersion _version = ApiVersion.Current;

    public static Enrollment Open(IReadOnlyList<Uri> verifiers, ClientTls tls, FleetPolicies policies, int port, TimeProvider time)
    {
        var handler = tls.CreateHandler();
        handler.MaxConnectionsPerServer = Joiner.AtOnce;
        return new(new(handler), verifiers, policies, port, time);
    }

    /// <summary>Finds the version that the verifiers speak, and gives them the policy.</summary>
    /// <exception cref="FleetException">They do not answer, or do not take the policy.</exception>
    public async Task PrepareAsync(CancellationToken ct)
    {
        var client = ClientFor("");
        var negotiated = await client.NegotiateAsync(ApiVersion.AgentSupported, ct);
        if (!negotiated.IsGood) throw new FleetException($"--verifier: {negotiated}");
        _version = client.Version;
        var request = new RuntimePolicyRequest { RuntimePolicy = Convert.ToBase64String(policies.Runtime) };
        var added = await client.AddRuntimePolicyAsync(policies.Name, request, ct);
        // A fleet of this seed ran before, and its policy was kept.
        if (added.Status == Conflict) added = await client.UpdateRuntimePolicyAsync(policies.Name, request, ct);
        if (!added.IsGood) throw new FleetException($"--verifier: runtime policy {policies.Name} is not taken: {added}");
    }

    public async Task<Answer<Nothing>> EnrollAsync(SimulatedAgent agent, CancellationToken ct)
    {
        var client = ClientFor(agent.Id.Value);
        var added = await client.AddAgentAsync(agent.Id, Describe(agent), ct);
        if (added.Status != Conflict) return added;
        // The same fleet ran before. What is known of its agents then is not what they are now.
        var removed = await RemoveAsync(agent, ct);
        return removed.IsGood ? await client.AddAgentAsync(agent.Id, Describe(agent), ct) : removed;
    }

    /// <summary>Deletes an agent and waits until it is gone.</summary>
    public async Task<Answer<Nothing>> RemoveAsync(SimulatedAgent agent, CancellationToken ct)
    {
        var client = ClientFor(agent.Id.Value);
        while (true)
        {
            var answer = await client.DeleteAgentAsync(agent.Id, ct);
            if (answer.Status == NotFound) return new(answer.Status, answer.Message, new(), Fault.None);
            // 202: once the verifier's work on it has ended.
            if (!answer.IsGood || answer.Status == 200) return answer;
            await Task.Delay(s_deletionPoll, time, ct);
        }
    }

    public Task<Answer<Nothing>> RemovePolicyAsync(CancellationToken ct) => ClientFor("").DeleteRuntimePolicyAsync(policies.Name, ct);

    public void Dispose() => http.Dispose();

    private VerifierClient ClientFor(string agent) => new(http, new(verifiers, agent, time), s_timeout) { Version = _version };

    private AddAgentRequest Describe(SimulatedAgent agent) => new()
    {
        CloudagentIp = agent.Address.ToString(),
        CloudagentPort = port,
        VerifierIp = verifiers[0].DnsSafeHost,
        VerifierPort = verifiers[0].Port,
        TpmPolicy = policies.TpmPolicy,
        RuntimePolicy = "",
        RuntimePolicyName = policies.Name,
        RuntimePolicyKey = "",
        MbPolicy = policies.MeasuredBoot,
        MbPolicyName = "",
        ImaSignVerificationKeys = "",
        Metadata = "{}",
        RevocationKey = "",
        AcceptTpmHashAlgs = ["sha512", "sha384", "sha256"],
        AcceptTpmEncryptionAlgs = ["ecc", "rsa"],
        AcceptTpmSigningAlgs = ["ecschnorr", "ecdsa", "rsassa"],
        AkTpm = Convert.ToBase64String(agent.Machine.Keys.AttestationKey.ToSizedBytes()),
        MtlsCert = agent.Certificate.ExportCertificatePem() + "\n",
        SupportedVersion = _version.ToString(),
    };
}
