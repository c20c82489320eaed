using System.Collections.Concurrent;
using System.Text.Json;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Verifier.Ownership;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Verifier.Tests.Revocation;

public sealed class RevocationTests
{
    [Fact]
    public async Task A_failed_agent_is_told_to_the_webhook_and_to_the_others_and_then_the_outbox_is_empty()
    {
        var posts = new ConcurrentQueue<string>();
        var refusals = 1; // the first attempt is refused, to be repeated
        await using var webhook = await TestWebhook.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            if (Interlocked.Decrement(ref refusals) >= 0) context.Response.StatusCode = 503;
            else posts.Enqueue(await reader.ReadToEndAsync());
        });
        using var site = TestSite.OnSqlite();
        await using var verifier = await TestVerifier.StartAsync(site,
            ("revocations_enabled_revocation_notifications", "['agent', 'webhook']"), ("revocations_webhook_url", webhook.Urls.Single()));
        await using var bad = await verifier.StartAgentAsync("bad");
        await using var other = await verifier.StartAgentAsync("other");
        await verifier.AddAsync(bad, TestAgent.PolicyFor(), ("revocation_key", Samples.RsaKey), ("metadata", """{"cert_serial":7}"""));
        await verifier.AddAsync(other, TestAgent.PolicyFor());
        await verifier.WaitAttestedAsync("bad");
        await verifier.WaitAttestedAsync("other");

        bad.Measure("/bin/a", "/bin/a");
        await verifier.WaitFailedAsync("bad");
        await Eventually.True(() => other.Notifications.Count > 0 && !posts.IsEmpty);

        var told = Assert.Single(other.Notifications);
        Assert.Equal(256, Convert.FromBase64String(told.Signature!).Length);
        // A busy machine may make an agent stale on the way, and the webhook is told of that too.
        var posted = await Eventually.AsyncOf(() => Task.FromResult(Revocations(posts)), revocations => revocations.Count > 0);
        Assert.Equal(told, Assert.Single(posted));
        Assert.Empty(bad.Notifications);
        var message = JsonDocument.Parse(told.Msg!).RootElement;
        Assert.Equal(["type", "ip", "agent_id", "port", "tpm_policy", "meta_data", "event_time", "event_id", "severity_label", "context"],
            message.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("revocation", "bad", "emergency", "ima.validation.ima-ng.not_in_allowlist", """{"cert_serial":7}"""),
            (Text(message, "type"), Text(message, "agent_id"), Text(message, "severity_label"), Text(message, "event_id"), Text(message, "meta_data")));
        Assert.Contains("/bin/a", JsonDocument.Parse(Text(message, "context")).RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d \d{4}$", Text(message, "event_time"));
        Assert.Empty(await Eventually.AsyncOf(() => OutboxOf(verifier), messages => messages.Count == 0));
    }

    [Fact]
    public async Task A_message_that_the_webhook_refuses_holds_up_no_other()
    {
        var (posts, refused) = (new ConcurrentQueue<string>(), 0);
        var refuses = true;
        await using var webhook = await TestWebhook.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var payload = await reader.ReadToEndAsync();
            // A busy machine may make an agent stale on the way.
            if (Revocations([payload]).Count == 0) return;
            if (Volatile.Read(ref refuses) && AgentOf(payload) == "first")
            {
                Interlocked.Increment(ref refused);
                context.Response.StatusCode = 400;
            }
            else posts.Enqueue(AgentOf(payload));
        });
        using var site = TestSite.OnSqlite();
        await using var verifier = await TestVerifier.StartAsync(site,
            ("revocations_enabled_revocation_notifications", "['agent', 'webhook']"), ("revocations_webhook_url", webhook.Urls.Single()));
        await using var first = await verifier.StartAgentAsync("first");
        await using var second = await verifier.StartAgentAsync("second");
        await using var other = await verifier.StartAgentAsync("other");
        foreach (var agent in new[] { first, second, other }) await verifier.AddAsync(agent, TestAgent.PolicyFor(), ("revocation_key", Samples.RsaKey));
        foreach (var agent in new[] { first, second, other }) await verifier.WaitAttestedAsync(agent.Id);

        first.WrongNonce = true;
        await Eventually.True(() => Volatile.Read(ref refused) > 0);
        second.WrongNonce = true;

        await Eventually.True(() => posts.Contains("second") && other.Notifications.Count == 2);
        Assert.Contains(await OutboxOf(verifier), message => message.Message is { Kind: OutboxMessage.Revocation, AgentId.Value: "first" });
        Volatile.Write(ref refuses, false);
        Assert.Empty(await Eventually.AsyncOf(() => OutboxOf(verifier), messages => messages.Count == 0));
        Assert.Equal(["second", "first"], posts);
        // The agents were told when it was refused first, and not again each time.
        Assert.Equal(["first", "second"], other.Notifications.Select(told => JsonDocument.Parse(told.Msg!).RootElement.GetProperty("agent_id").GetString()).Order());
    }

    [Fact]
    public async Task Where_nobody_is_to_be_told_nothing_is_kept()
    {
        using var site = TestSite.OnSqlite();
        await using var verifier = await TestVerifier.StartAsync(site, ("revocations_enabled_revocation_notifications", "[]"));
        await using var bad = await verifier.StartAgentAsync("bad");
        bad.WrongNonce = true;
        await verifier.AddAsync(bad, TestAgent.PolicyFor());
        await verifier.WaitFailedAsync("bad");
        Assert.Empty(await OutboxOf(verifier));
    }

    private static Task<IReadOnlyList<StoredMessage>> OutboxOf(TestVerifier verifier) =>
        verifier.Services.GetRequiredService<IOutboxStore>().ReadAsync([.. verifier.Services.GetRequiredService<ShardLoop>().Loaded], 10, CancellationToken.None);

    private static List<RevocationNotification> Revocations(IEnumerable<string> posts) =>
        [.. posts.Select(post => JsonSerializer.Deserialize(post, KeylimeJson.Default.RevocationNotification)!).Where(told => Text(JsonDocument.Parse(told.Msg!).RootElement, "type") == "revocation")];

    private static string AgentOf(string payload) =>
        Text(JsonDocument.Parse(JsonSerializer.Deserialize(payload, KeylimeJson.Default.RevocationNotification)!.Msg!).RootElement, "agent_id");

    private static string Text(JsonElement message, string member) => message.GetProperty(member).GetString()!;
}
