using System.Collections.Concurrent;
using System.Text.Json;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Verifier.Tests.Revocation;
using Microsoft.AspNetCore.Http;

namespace Keylime.Verifier.Tests.Freshness;

public sealed class FreshnessSweepTests
{
    [Fact]
    public async Task An_agent_that_falls_silent_becomes_stale_and_the_webhook_is_told_of_it_once()
    {
        var posts = new ConcurrentQueue<string>();
        await using var webhook = await TestWebhook.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            posts.Enqueue(await reader.ReadToEndAsync());
        });
        using var site = TestSite.OnSqlite();
        // A deadline of ten seconds: it must not pass by itself.
        await using var verifier = await TestVerifier.StartAsync(site, ("max_retries", "1000"), ("quote_interval", "2"),
            ("revocations_enabled_revocation_notifications", "['agent', 'webhook']"), ("revocations_webhook_url", webhook.Urls.Single()));
        await using var silent = await verifier.StartAgentAsync("silent");
        await using var other = await verifier.StartAgentAsync("other");
        await verifier.AddAsync(silent, TestAgent.PolicyFor(), ("revocation_key", Samples.RsaKey));
        await verifier.AddAsync(other, TestAgent.PolicyFor());
        await verifier.WaitAttestedAsync("silent");
        await verifier.WaitAttestedAsync("other");

        silent.Instead = context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };

        var stale = await verifier.WaitAsync("silent", status => status.TrustState == TrustState.Stale);
        Assert.Equal("TIMEOUT", stale.AttestationStatus);
        var told = Assert.Single(await Eventually.AsyncOf(() => Task.FromResult(OfTheSilent(posts)), told => told.Count > 0));
        Assert.NotEmpty(told.Signature!);
        var message = JsonDocument.Parse(told.Msg!).RootElement;
        Assert.Equal(("stale", "internal.verifier.stale"), (message.GetProperty("type").GetString(), message.GetProperty("event_id").GetString()));

        silent.Instead = null;
        await verifier.WaitAttestedAsync("silent");
        Assert.Single(OfTheSilent(posts));
        Assert.Empty(other.Notifications);
    }

    // On a machine that is busy enough the other becomes stale too.
    private static List<RevocationNotification> OfTheSilent(IEnumerable<string> posts) =>
        [.. posts.Select(post => JsonSerializer.Deserialize(post, KeylimeJson.Default.RevocationNotification)!)
            .Where(told => JsonDocument.Parse(told.Msg!).RootElement.GetProperty("agent_id").GetString() == "silent")];
}
