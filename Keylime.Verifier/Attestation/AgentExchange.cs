using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Verifier.Attestation;

/// <summary>One exchange with one agent: ask, and judge.</summary>
internal sealed partial class AgentExchange(
    AttestationOptions options, AgentTransitions transitions, PolicyLibrary policies, AgentConnections connections, AttestationMetrics metrics, TimeProvider time,
    ILogger<AgentExchange> logger) : IAgentExchange
{
    private const string VersionNotSupported = "API version not supported";
    private const int MaxPayloadKeyLength = 8 * 1024;

    /// <summary>Traces of exchanges; the request to the agent carries them on.</summary>
    public static readonly ActivitySource Traces = new("Keylime.Verifier.Attestation");

    public async Task<Transition> RunAsync(Exchange exchange, CancellationToken ct)
    {
        using var activity = Traces.StartActivity("attest");
        activity?.SetTag("keylime.agent", exchange.Agent.Id.Value);
        var start = time.GetTimestamp();
        Transition transition;
        try
        {
            transition = exchange.Run.Next == NextStep.DeliverV ? await DeliverVAsync(exchange, ct) : await QuoteAsync(exchange, ct);
        }
        // What an agent, its address or its policy can make us throw concerns that agent alone: it is asked again, and fails in the end.
        catch (Exception e) when (e is not StoreUnavailableException && !ct.IsCancellationRequested)
        {
            metrics.Unreachable();
            LogExchangeFault(e, exchange.Agent.Id.Value);
            transition = transitions.Unreachable(exchange.Run, $"the exchange met a fault of the verifier: {e.GetType().Name}");
        }
        metrics.Exchanged(time.GetElapsedTime(start));
        return transition;
    }

    private async Task<Transition> QuoteAsync(Exchange exchange, CancellationToken ct)
    {
        var run = exchange.Run;
        AppraisalPolicy policy;
        try
        {
            policy = exchange.Policy ?? await PreparePolicyAsync(exchange, ct);
        }
        catch (PolicyUnusableException e)
        {
            return transitions.Broken(run, e.Message);
        }
        if (FindClient(exchange) is not { } client) return transitions.Unreachable(run, "it has no address");

        var nonce = Nonce.Create();
        using var place = connections.ReserveAnswer();
        var asked = time.GetUtcNow();
        var answer = await client.GetIntegrityQuoteAsync(run.Version,
            new(nonce, policy.MaskText, IsPartial: !run.WantsPayloadKey, run.Appraisal.NextImaEntry), place, ct);
        return answer.IsGood ? Judge(run, answer.Value, policy, nonce, asked) : await NotAnsweredAsync(run, client, answer, ct);
    }

    private Transition Judge(AgentRun run, QuoteResponse answer, AppraisalPolicy policy, string nonce, DateTimeOffset asked)
    {
        var now = time.GetUtcNow();
        if (!Evidence.TryRead(answer, out var evidence, out var malformed)) return Malformed(run, malformed, now);
        // The key is kept, here and in the store: what an agent can make us keep has a limit.
        if (answer.Pubkey is { Length: > MaxPayloadKeyLength }) return Malformed(run, InvalidData("pubkey is too long"), now);
        // No database column takes it, and no key has it.
        if (answer.Pubkey?.Contains('\0', StringComparison.Ordinal) == true) return Malformed(run, InvalidData("pubkey holds a NUL"), now);
        AttestationResult result;
        try
        {
            result = Appraiser.Appraise(evidence, policy, run.Appraisal, Encoding.ASCII.GetBytes(nonce), time, run.State.PayloadPublicKey);
        }
#pragma warning disable CA1031 // One agent's evidence must not be able to stop the attestation of all others, whatever bug it meets: it fails that agent.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogAppraisalFault(e, run.Enrollment.Id.Value);
            return transitions.Broken(run, $"The evidence met a fault of the verifier: {e.GetType().Name}");
        }
        metrics.Appraised(result.Verdict);
        foreach (var failure in result.Failures) metrics.Failed(failure.EventId);
        return transitions.Judged(run, answer, result, asked, now);
    }

    private async Task<Transition> DeliverVAsync(Exchange exchange, CancellationToken ct)
    {
        var run = exchange.Run;
        if (FindClient(exchange) is not { } client) return transitions.Unreachable(run, "it has no address");
        if (EncryptV(run) is not { } encrypted) return transitions.Broken(run, "The agent's payload key is not an RSA public key");
        var answer = await client.SendVKeyAsync(run.Version, new(encrypted), ct);
        return answer.IsGood ? AgentTransitions.VDelivered(run) : await NotAnsweredAsync(run, client, answer, ct);
    }

    private AgentClient? FindClient(Exchange exchange) => exchange.Agent.Client ??= AgentAddress.Find(connections, exchange.Run.Enrollment, options);

    private async Task<Transition> NotAnsweredAsync<T>(AgentRun run, AgentClient client, Answer<T> answer, CancellationToken ct) where T : class
    {
        metrics.Unreachable();
        LogUnreachable(run.Enrollment.Id.Value, answer.ToString());
        return answer switch
        {
            { Fault: Fault.Transport } or { Status: 408 or 500 or 599 } => transitions.Unreachable(run, answer.ToString()),
            { Fault: Fault.Malformed } => Malformed(run, InvalidData(answer.Message), time.GetUtcNow()),
            { Status: 400 } when answer.Message.Contains(VersionNotSupported, StringComparison.Ordinal) => await RenegotiateAsync(run, client, ct),
            _ => transitions.Refused(run, answer.Status ?? 0, answer.Message),
        };
    }

    private async Task<Transition> RenegotiateAsync(AgentRun run, AgentClient client, CancellationToken ct)
    {
        var answer = await client.GetVersionAsync(ct);
        return answer.IsGood ? transitions.Renegotiated(run, VersionNegotiation.ChooseForAgent(answer.Value, ApiVersion.Supported))
            : answer.Fault == Fault.Transport ? transitions.Unreachable(run, answer.ToString())
            : transitions.Refused(run, answer.Status ?? 0, answer.Message);
    }

    private Transition Malformed(AgentRun run, AttestationFailure failure, DateTimeOffset now)
    {
        metrics.Appraised(Verdict.Rejected);
        metrics.Failed(failure.EventId);
        return transitions.Malformed(run, failure, now);
    }

    private async Task<AppraisalPolicy> PreparePolicyAsync(Exchange exchange, CancellationToken ct)
    {
        var enrollment = exchange.Run.Enrollment;
        var runtime = await policies.GetRuntimeAsync(enrollment.RuntimePolicyName, exchange.RuntimePolicy, ct);
        var measuredBoot = await policies.FindMeasuredBootAsync(enrollment.MeasuredBootPolicyName, exchange.MeasuredBootPolicy, ct);
        if (!AppraisalPolicy.TryCreate(enrollment, runtime, measuredBoot, out var policy, out var fault)) throw new PolicyUnusableException($"The agent's policy: {fault}");
        policy = policy with { ViolationsFail = options.ViolationsFail, MeasuredBootEvaluation = options.MeasuredBootEvaluation };
        exchange.Agent.Keep(exchange, policy);
        return policy;
    }

    // OAEP with SHA-1 is what agents decrypt with; its security does not rest on collisions.
    private static string? EncryptV(AgentRun run)
    {
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(run.State.PayloadPublicKey);
            return Convert.ToBase64String(key.Encrypt(run.Enrollment.V!.Value.Span, RSAEncryptionPadding.OaepSHA1));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    // "qoute" is upstream's spelling and part of the API; do not correct.
    private static AttestationFailure InvalidData(string fault) =>
        new("qoute_validation.invalid_data", $"The agent's answer is malformed: {fault}", Recoverable: false);

    [LoggerMessage(EventIds.AppraisalFault, LogLevel.Error, "Evidence of agent {AgentId} met a fault of the verifier")]
    private partial void LogAppraisalFault(Exception fault, string agentId);

    [LoggerMessage(EventIds.ExchangeFault, LogLevel.Error, "Exchange with agent {AgentId} met a fault of the verifier")]
    private partial void LogExchangeFault(Exception fault, string agentId);

    [LoggerMessage(EventIds.Unreachable, LogLevel.Information, "Agent {AgentId} did not answer: {Answer}")]
    private partial void LogUnreachable(string agentId, string answer);
}
