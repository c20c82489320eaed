using System.Net;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Registrar;

/// <summary>Where a request came from, as text for the audit.</summary>
internal static class Remote
{
    private const string ForwardedFor = "X-Forwarded-For";

    /// <summary>The peer's address. Behind the gateway the client's comes first; on the plain listener, where anybody can send the header, it is only claimed.</summary>
    public static string Of(HttpContext context)
    {
        var peer = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        // Parsed and written anew, so that the header can forge no line.
        if (context.Request.Headers[ForwardedFor] is not [{ } header] || !IPAddress.TryParse(header, out var client)) return peer;
        if (!context.Request.IsHttps) return $"{peer} (claims {client})";
        return context.Connection.ClientCertificate is { } certificate && GatewayIdentity.IsGateway(certificate) ? $"{client} (via {peer})" : peer;
    }
}
