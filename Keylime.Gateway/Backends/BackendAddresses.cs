using Keylime.ServiceDefaults.Configuration;
using Keylime.Sharding;

namespace Keylime.Gateway.Backends;

/// <summary>Configured back ends: Aspire's service discovery variables (<c>services__verifier-0__mtls__0</c>) and Keylime-style lists of
/// <c>host:port</c>, with <c>@zone</c> if it has one. An instance named by a list is called by its address.</summary>
internal static class BackendAddresses
{
    public static IReadOnlyList<Backend> Read(KeylimeSettings settings, string option, IConfiguration configuration, string prefix, string endpoint)
    {
        var scheme = endpoint == "plain" ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        var discovered = configuration.GetSection("services").GetChildren()
            .Where(service => service.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(service => (service.Key, Text: service[$"{endpoint}:0"]))
            .Where(service => !string.IsNullOrEmpty(service.Text))
            .Select(service => new Backend(service.Key, Parse(service.Text!, scheme)
                ?? throw new ConfigurationException($"services__{service.Key}__{endpoint}__0 = '{service.Text}' must be {scheme}://host:port")));
        var listed = settings.GetList(option, [])
            .Select(text => ParseZoned(text, scheme) ?? throw settings.Refuse(option, $"'{text}' must be host:port, with @zone if it has one; {ZoneName.Rule}"));
        return [.. discovered.Concat(listed).DistinctBy(backend => backend.Instance)];
    }

    // Without the zone in its name: gateways that know of zones and such that do not must divide the shards alike.
    private static Backend? ParseZoned(string text, string scheme) =>
        ZoneName.TrySplit(text, out var address, out var zone) && Parse(address, scheme) is { } uri ? new(address, uri, zone) : null;

    /// <summary>Reads <c>host:port</c> or <c>scheme://host:port</c>; null for anything else.</summary>
    public static Uri? Parse(string text, string scheme)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? text : $"{scheme}://{text}";
        // Uri fills in the scheme's port when there is none; the original tells.
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == scheme && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            && address.TrimEnd('/').EndsWith($":{uri.Port}", StringComparison.Ordinal)
            ? uri
            : null;
    }
}
