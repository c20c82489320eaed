using System.Text.Json;
using Keylime.Attestation.Agents;
using Keylime.Client;
using Keylime.Protocol;
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
        if (JsonSerializer.Deserialize(message.Payload, KeylimeJson.Default.RevocationNotification) is not { Signature.Length: > 0 } notification) return;
        var others = (await agents.ListAsync(identity.Uuid, ct)).Where(agent => agent.Enrollment.Id != message.AgentId && IsAttesting(agent.State)).ToList();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            await Parallel.ForEachAsync(others, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = patience.Token }, async (other, token) =>
            {
                if (AgentAddress.Find(connections, other.Enrollment, options) is not { } client) return;
                var answer = await client.NotifyRevocationAsync(AgentRun.VersionOf(other.Enrollment, other.State), notification, token);
                if (!answer.IsGood) LogNotTold(other.Enrollment.Id.Value, answer.ToString());
            });
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            LogNotTold("(the rest)", "time is up");
        }
    }

    private static bool IsAttesting(AgentState state) => state.OperationalState
        is OperationalState.GetQuote or OperationalState.GetQuoteRetry or OperationalState.ProvideV or OperationalState.ProvideVRetry;

    [LoggerMessage(EventIds.AgentNotTold, LogLevel.Warning, "Agent {AgentId} was not told of a revocation: {Answer}")]
    private partial void LogNotTold(string agentId, string answer);
}
