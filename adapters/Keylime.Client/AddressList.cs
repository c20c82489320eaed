using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Keylime.Client;

/// <summary>Equal servers in an order of one's own, so that a fleet spreads over them without anybody balancing. Those of one's own zone come first. A
/// server that failed is passed over until it has answered a check.</summary>
public sealed class AddressList
{
    private readonly ServerAddress[] _servers;
    private readonly string? _zone;
    private readonly Uri[] _ordered;
    // Shared by all orders of the same servers. Null for a single one: whether it is well or not, there is no other.
    private readonly ServerHealth? _health;

    /// <param name="servers">Base addresses, <c>https://host:port</c>, and their zones.</param>
    /// <param name="zone">One's own zone; null for none, and then zones do not count.</param>
    /// <param name="seed">Whose order it is: an agent's id, a host's name.</param>
    /// <param name="time">Clock of the pauses.</param>
    public AddressList(IEnumerable<ServerAddress> servers, string? zone, string seed, TimeProvider time)
        : this([.. servers.DistinctBy(server => server.Address)], zone, seed, new ServerHealth(time))
    {
    }

    /// <summary>A list without zones.</summary>
    public AddressList(IEnumerable<Uri> addresses, string seed, TimeProvider time)
        : this(addresses.Select(address => new ServerAddress(address)), zone: null, seed, time)
    {
    }

    /// <summary>A list of one.</summary>
    public AddressList(Uri address) : this([new(address)], zone: null, seed: "", health: null) { }

    private AddressList(ServerAddress[] servers, string? zone, string seed, ServerHealth? health)
    {
        if (servers.Length == 0) throw new ArgumentException("at least one address", nameof(servers));
        (_servers, _zone, _health) = (servers, zone, servers.Length > 1 ? health : null);
        // Rendezvous hashing: adding a server moves only those whose first choice it becomes.
        _ordered = servers.Length == 1
            ? [servers[0].Address]
            : [.. servers.OrderByDescending(server => zone is not null && server.Zone == zone).ThenBy(server => Rank(seed, server.Address), StringComparer.Ordinal).Select(server => server.Address)];
    }

    /// <summary>All addresses in this list's order, well or not.</summary>
    public IReadOnlyList<Uri> Addresses => _ordered;

    /// <summary>The same servers, and what is known of them, in somebody else's order.</summary>
    public AddressList For(string seed) => _health is null ? this : new(_servers, _zone, seed, _health);

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>address</c> or <c>[IPv6]:port</c>.</summary>
    public static bool TryParse(string text, string scheme, int defaultPort, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        var trimmed = text.Trim();
        // A bare IPv6 address has colons of its own.
        if (!trimmed.StartsWith('[') && IPAddress.TryParse(trimmed, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) trimmed = $"[{ip}]";
        var colon = trimmed.LastIndexOf(':');
        var hasPort = colon >= 0 && !trimmed.EndsWith(']');
        var port = defaultPort;
        if (hasPort && (trimmed.EndsWith('\0') || !int.TryParse(trimmed.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)) return false;
        var host = hasPort ? trimmed[..colon] : trimmed;
        var isBracketed = host is ['[', .., ']'];
        return Uri.CheckHostName(isBracketed ? host[1..^1] : host) is var kind and not UriHostNameType.Unknown && isBracketed == kind is UriHostNameType.IPv6
            && Uri.TryCreate(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}"), UriKind.Absolute, out address);
    }

    /// <summary>The addresses to try, best first: those that are well in this list's order, then the others as a last resort.</summary>
    public IReadOnlyList<Uri> Candidates() => _health?.Order(_ordered) ?? _ordered;

    /// <summary>Passes the address over from now on. Its check is due after a while, later with every failure in a row.</summary>
    public void ReportFailure(Uri address) => _health?.ReportFailure(address);

    /// <summary>The address works.</summary>
    public void ReportSuccess(Uri address) => _health?.ReportSuccess(address);

    /// <summary>Addresses that failed and are to be asked now whether they are back; see <see cref="ServerHealth.TakeDueChecks"/>.</summary>
    internal IReadOnlyList<Uri> TakeDueChecks() => _health?.TakeDueChecks() ?? [];

    private static string Rank(string seed, Uri address) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{address.Authority}")));
}
