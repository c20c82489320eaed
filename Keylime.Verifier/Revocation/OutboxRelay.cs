using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Ownership;

namespace Keylime.Verifier.Revocation;

/// <summary>Tells what stands in the outbox about the agents of owned shards. A message is deleted once it is told. One that the webhook does not take, or that
/// cannot be told for a fault of ours, is tried again, later and later, for as long as it takes, and holds up no other: whoever can make a receiver choke on one
/// message could otherwise keep every revocation after it a secret.</summary>
internal sealed partial class OutboxRelay(
    IOutboxStore outbox, IAgentStore stored, ShardLoop shards, OutboxBell bell, AgentNotifier agents, RevocationMessages messages, RevocationOptions options,
    AttestationOptions attestation, TimeProvider time,
    ILogger<OutboxRelay> logger, IRevocationHook? webhook = null) : BackgroundService
{
    private const int BatchSize = 64;
    // Read along with each batch. When there are more of them, it is not the messages that are at fault.
    private const int MostHeld = 1024;
    // Messages in a row that are not taken: it is the webhook then, and need not be shown all of them.
    private const int MostRefusals = 8;
    // The bell tells of what was written here; what others left behind is looked for.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // What is tried again later, by its number.
    private readonly Dictionary<long, Held> _held = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            if (failures == 0) await bell.WaitAsync(UntilNext(), time, stoppingToken);
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

    /// <summary>Tells the oldest messages whose time has come. False: the webhook takes none now.</summary>
    private async Task<bool> RelayAsync(CancellationToken ct)
    {
        var (limit, start, refusals) = (BatchSize + _held.Count, time.GetTimestamp(), 0);
        var batch = await outbox.ReadAsync(shards.Loaded, limit, ct);
        // Told by another owner, or that owner's now.
        foreach (var gone in _held.Keys.Except(batch.Select(stored => stored.Sequence)).ToList()) _held.Remove(gone);
        foreach (var (sequence, message) in batch)
        {
            var held = _held.GetValueOrDefault(sequence);
            if (held is not null && UntilNext(held) > TimeSpan.Zero) continue;
            if (await TellAsync(message, held ?? new(), ct) is not { } open)
            {
                await outbox.DeleteAsync([sequence], ct);
                _held.Remove(sequence);
                refusals = 0;
                continue;
            }
            if (held is not null || _held.Count < MostHeld) _held[sequence] = open;
            // One that answers nobody would be waited for once per message.
            if (++refusals == MostRefusals || time.GetElapsedTime(start) >= attestation.RequestTimeout) return false;
        }
        if (batch.Count == limit) bell.Ring();
        return true;
    }

    /// <summary>Tells whoever has not been told yet. Null: all have.</summary>
    private async Task<Held?> TellAsync(OutboxMessage message, Held held, CancellationToken ct)
    {
        try
        {
            var refusal = await PostAsync(message, ct);
            if (refusal is not null) LogWebhookFailed(message.AgentId.ToString(), refusal);
            // Agents act on revocations, whatever the webhook makes of them; that another is late is nothing to them.
            if (options.ToAgents && !held.AgentsAreTold && message.Kind != OutboxMessage.Stale) await agents.TellAsync(message, ct);
            return refusal is null ? null : new(held.Failures + 1, time.GetTimestamp(), AgentsAreTold: true);
        }
        catch (Exception e) when (e is not StoreUnavailableException && !ct.IsCancellationRequested)
        {
            LogNotTold(e, message.AgentId.ToString());
            return held with { Failures = held.Failures + 1, Since = time.GetTimestamp() };
        }
    }

    private async Task<string?> PostAsync(OutboxMessage message, CancellationToken ct)
    {
        if (webhook is null) return null;
        var payload = message.Kind == OutboxMessage.Stale ? await FindStaleAsync(message.AgentId, ct) : message.Payload;
        return payload is null ? null : await webhook.TryPostAsync(payload, ct);
    }

    /// <summary>The message about a stale agent; null when it is gone, or attested again before anybody was told.</summary>
    private async Task<string?> FindStaleAsync(AgentId id, CancellationToken ct) =>
        await stored.FindAsync(id, ct) is { IsFresh: false } agent ? messages.CreateStale(agent) : null;

    private TimeSpan UntilNext() => _held.Values.Select(UntilNext).Append(Period).Min() is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private TimeSpan UntilNext(Held held) => BackOff(held.Failures) - time.GetElapsedTime(held.Since);

    private TimeSpan BackOff(int failures)
    {
        var pause = attestation.BackOff(failures);
        return pause < LongestPause ? pause : LongestPause;
    }

    [LoggerMessage(EventIds.WebhookFailed, LogLevel.Warning, "Webhook does not take the message about agent {AgentId}, it is kept: {Reason}")]
    private partial void LogWebhookFailed(string agentId, string reason);

    [LoggerMessage(EventIds.MessagePassedOver, LogLevel.Error, "Message about agent {AgentId} cannot be told, it is passed over for now")]
    private partial void LogNotTold(Exception fault, string agentId);

    [LoggerMessage(EventIds.RelayFault, LogLevel.Error, "Messages cannot be told for a fault of the verifier")]
    private partial void LogFault(Exception fault);

    [LoggerMessage(EventIds.OutboxUnreadable, LogLevel.Warning, "Outbox cannot be read: {Reason}")]
    private partial void LogUnreadable(string reason);

    /// <summary>A message that is tried again.</summary>
    /// <param name="Failures">How often it was tried.</param>
    /// <param name="Since">Timestamp of the last time.</param>
    /// <param name="AgentsAreTold">Whether only the webhook has not taken it.</param>
    private sealed record Held(int Failures = 0, long Since = 0, bool AgentsAreTold = false);
}
