using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Keylime.Attestation.Agents;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Revocation;

/// <summary>Tells the other agents of a revoked one, once each and as far as they can be reached.</summary>
internal sealed partial class AgentNotifier(
    IAgentStore agents, AgentConnections connections, VerifierOptions identity, AttestationOptions options, ILogger<AgentNotifier> logger)
{
    private const int AtOnce = 32;
    // Keylime's limit for one message to all.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="StoreUnavailableException">The agents are not known; nobody was told.</exception>
    public async Task TellAsync(OutboxMessage message, CancellationToken ct)
    {
        // Agents drop what they cannot verify: without a signature there is nothing to tell ten thousand machines.
        if (!TryRead(message, out var notification) || notification.Signature is not { Length: > 0 }) return;
        var others = (await agents.ListAsync(identity.Uuid, ct)).Where(agent => agent.Enrollment.Id != message.AgentId && IsAttesting(agent.State)).ToList();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            await Parallel.ForEachAsync(others, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = patience.Token }, async (other, token) =>
            {
                if (await FindFaultAsync(other, notification, token) is { } fault) LogNotTold(other.Enrollment.Id.Value, fault);
            });
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            LogNotTold("(the rest)", "time is up");
        }
    }

    private async Task<string?> FindFaultAsync(StoredAgent agent, RevocationNotification notification, CancellationToken ct)
    {
        try
        {
            if (AgentAddress.Find(connections, agent.Enrollment, options) is not { } client) return null;
            var answer = await client.NotifyRevocationAsync(AgentRun.VersionOf(agent.Enrollment, agent.State), notification, ct);
            return answer.IsGood ? null : answer.ToString();
        }
        // Whatever one agent makes us throw, the others are told.
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return $"a fault of the verifier: {e.GetType().Name}";
        }
    }

    // What is no message was told to the webhook as it is, and cannot be told to agents.
    private bool TryRead(OutboxMessage message, [NotNullWhen(true)] out RevocationNotification? notification)
    {
        notification = null;
        try
        {
            notification = JsonSerializer.Deserialize(message.Payload, KeylimeJson.Default.RevocationNotification);
        }
        catch (JsonException)
        {
            LogNotTold("(all)", $"the message about agent {message.AgentId} is malformed");
        }
        return notification is not null;
    }

    private static bool IsAttesting(AgentState state) => state.OperationalState
        is OperationalState.GetQuote or OperationalState.GetQuoteRetry or OperationalState.ProvideV or OperationalState.ProvideVRetry;

    [LoggerMessage(EventIds.AgentNotTold, LogLevel.Warning, "Agent {AgentId} was not told of a revocation: {Answer}")]
    private partial void LogNotTold(string agentId, string answer);
}
