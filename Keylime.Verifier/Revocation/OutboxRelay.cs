using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Ownership;

namespace Keylime.Verifier.Revocation;

/// <summary>Tells what stands in the outbox about the agents of owned shards. A message is deleted once it is told; a webhook that does not take it is
/// tried again, later and later, for as long as it takes. A message that cannot be told for a fault of ours is passed over for a while, and holds up no other.</summary>
internal sealed partial class OutboxRelay(
    IOutboxStore outbox, IAgentStore stored, ShardLoop shards, OutboxBell bell, AgentNotifier agents, RevocationMessages messages, RevocationOptions options,
    AttestationOptions attestation, TimeProvider time,
    ILogger<OutboxRelay> logger, IRevocationHook? webhook = null) : BackgroundService
{
    private const int BatchSize = 64;
    // Read along with each batch. When there are more of them, it is not the messages that are at fault.
    private const int MostPassedOver = 1024;
    // The bell tells of what was written here; what others left behind is looked for.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // By their numbers: since when.
    private readonly Dictionary<long, long> _passedOver = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            if (failures == 0) await bell.WaitAsync(Period, time, stoppingToken);
            else await Task.Delay(BackOff(failures), time, stoppingToken);
            try
            {
                failures = await RelayAsync(stoppingToken) ? 0 : failures + 1;
            }
            catch (StoreUnavailableException e)
            {
                LogUnreadable(e.Message);
                bell.Ring();
                await Task.Delay(OutagePause, time, stoppingToken);
            }
            // Who tells of failed agents must not be ended by what it is to tell.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFault(e);
                failures++;
            }
        }
    }

    /// <summary>Tells the oldest messages. False: the webhook does not take them now.</summary>
    private async Task<bool> RelayAsync(CancellationToken ct)
    {
        foreach (var (sequence, since) in _passedOver)
            if (time.GetElapsedTime(since) >= LongestPause) _passedOver.Remove(sequence);
        var limit = BatchSize + _passedOver.Count;
        var batch = await outbox.ReadAsync(shards.Loaded, limit, ct);
        foreach (var (sequence, message) in batch)
        {
            if (_passedOver.ContainsKey(sequence)) continue;
            try
            {
                if (!await TellAsync(message, ct)) return false;
                await outbox.DeleteAsync([sequence], ct);
            }
            catch (Exception e) when (e is not StoreUnavailableException && !ct.IsCancellationRequested && _passedOver.Count < MostPassedOver)
            {
                _passedOver.Add(sequence, time.GetTimestamp());
                LogPassedOver(e, message.AgentId.ToString());
            }
        }
        if (batch.Count == limit) bell.Ring();
        return true;
    }

    private async Task<bool> TellAsync(OutboxMessage message, CancellationToken ct)
    {
        var isStale = message.Kind == OutboxMessage.Stale;
        var payload = isStale ? await FindStaleAsync(message.AgentId, ct) : message.Payload;
        if (webhook is not null && payload is not null && await webhook.TryPostAsync(payload, ct) is { } reason)
        {
            LogWebhookFailed(reason);
            return false;
        }
        // Agents act on revocations; that another is late is nothing to them.
        if (options.ToAgents && !isStale) await agents.TellAsync(message, ct);
        return true;
    }

    /// <summary>The message about a stale agent; null when it is gone, or attested again before anybody was told.</summary>
    private async Task<string?> FindStaleAsync(AgentId id, CancellationToken ct) =>
        await stored.FindAsync(id, ct) is { IsFresh: false } agent ? messages.CreateStale(agent) : null;

    private TimeSpan BackOff(int failures)
    {
        var pause = attestation.BackOff(failures);
        return pause < LongestPause ? pause : LongestPause;
    }

    [LoggerMessage(EventIds.WebhookFailed, LogLevel.Warning, "Webhook does not take a revocation message, it is kept: {Reason}")]
    private partial void LogWebhookFailed(string reason);

    [LoggerMessage(EventIds.MessagePassedOver, LogLevel.Error, "Message about agent {AgentId} cannot be told, it is passed over for now")]
    private partial void LogPassedOver(Exception fault, string agentId);

    [LoggerMessage(EventIds.RelayFault, LogLevel.Error, "Messages cannot be told for a fault of the verifier")]
    private partial void LogFault(Exception fault);

    [LoggerMessage(EventIds.OutboxUnreadable, LogLevel.Warning, "Outbox cannot be read: {Reason}")]
    private partial void LogUnreadable(string reason);
}
