using Keylime.Testing;
using Keylime.Verifier.Revocation;
using Microsoft.AspNetCore.Http;

namespace Keylime.Verifier.Tests.Revocation;

/// <summary>A webhook that misbehaves has not taken the message, and that is all.</summary>
public sealed class WebhookTests
{
    [Fact]
    public async Task One_that_resets_every_connection_at_once_does_not_take_the_message()
    {
        await using var resetting = new ResettingPeer();
        using var webhook = Create($"https://127.0.0.1:{resetting.Port}");

        // Whether the reset comes before the handler looks at the connection, or amid the handshake, is chance.
        for (var i = 0; i < 1000; i++) Assert.NotNull(await webhook.TryPostAsync("{}", default));
    }

    [Fact]
    public async Task An_answer_without_end_is_not_waited_for()
    {
        await using var endless = await TestWebhook.StartAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.WriteAsync(new string(' ', 4096), context.RequestAborted);
        });
        using var webhook = Create(endless.Urls.Single());
        Assert.Null(await webhook.TryPostAsync("{}", default));
    }

    private static Webhook Create(string url) => new(new Uri(url), new SocketsHttpHandler(), new() { RequestTimeout = TimeSpan.FromMinutes(1) });
}
