using System.Diagnostics.CodeAnalysis;
using Keylime.Sharding;

namespace Keylime.Client;

/// <summary>A server as a client's option names it, and the failure zone that it stands in; null for none.</summary>
public sealed record ServerAddress(Uri Address, string? Zone = null)
{
    /// <summary>More than any client has a use for: it tries them one by one.</summary>
    private const int MaxServers = 256;

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>address</c> or <c>[IPv6]:port</c>, each with or without <c>@zone</c>.</summary>
    public static bool TryParse(string text, string scheme, int defaultPort, [NotNullWhen(true)] out ServerAddress? server)
    {
        server = ZoneName.TrySplit(text.Trim(), out var address, out var zone) && AddressList.TryParse(address, scheme, defaultPort, out var uri) ? new(uri, zone) : null;
        return server is not null;
    }

    /// <summary>Reads what an option lists. False: the problem says what is wrong, for a message that names the option.</summary>
    public static bool TryReadList(
        IReadOnlyList<string> texts, string scheme, int defaultPort, [NotNullWhen(true)] out IReadOnlyList<ServerAddress>? servers, [NotNullWhen(false)] out string? problem)
    {
        (servers, problem) = (null, null);
        if (texts.Count is 0 or > MaxServers)
        {
            problem = texts.Count == 0 ? "must name a server" : $"names {texts.Count} servers, more than {MaxServers}";
            return false;
        }
        var zones = new Dictionary<Uri, string?>();
        foreach (var text in texts)
        {
            if (!TryParse(text, scheme, defaultPort, out var server)) problem = $"'{Shown(text)}' is not host or host:port, with @zone if it has one; {ZoneName.Rule}";
            else if (!zones.TryAdd(server.Address, server.Zone) && zones[server.Address] != server.Zone) problem = $"{server.Address.Authority} stands in two zones";
            if (problem is not null) return false;
        }
        servers = [.. zones.Select(pair => new ServerAddress(pair.Key, pair.Value))];
        return true;
    }

    private static string Shown(string text) => text.Length <= 100 ? text : $"{text[..100]}...";
}
