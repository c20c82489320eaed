using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Verifier.Revocation;

/// <summary>Whom to tell of failed agents: Keylime's section <c>[revocations]</c>.</summary>
internal sealed record RevocationOptions
{
    private const string Section = "revocations";

    /// <summary>Whether other agents are told: <c>agent</c> in <c>enabled_revocation_notifications</c>.</summary>
    public bool ToAgents { get; init; } = true;
    /// <summary>Where else to: <c>webhook_url</c>, when <c>webhook</c> is enabled.</summary>
    public Uri? Webhook { get; init; }

    public bool IsEnabled => ToAgents || Webhook is not null;

    public static RevocationOptions From(KeylimeSettings settings)
    {
        var enabled = settings.GetList("enabled_revocation_notifications", ["agent"], Section);
        return new()
        {
            ToAgents = enabled.Contains("agent"),
            Webhook = enabled.Contains("webhook") ? ReadWebhook(settings) : null,
        };
    }

    private static Uri ReadWebhook(KeylimeSettings settings) =>
        Uri.TryCreate(settings.GetText("webhook_url", "", Section), UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            ? url
            : throw settings.Refuse("webhook_url", "must be an https URL when webhook notifications are enabled", Section);
}
