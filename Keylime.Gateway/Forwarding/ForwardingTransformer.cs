using System.Security.Cryptography.X509Certificates;
using Keylime.Gateway.Routing;
using Keylime.ServiceDefaults.Tls;
using Yarp.ReverseProxy.Forwarder;

namespace Keylime.Gateway.Forwarding;

/// <summary>A request as the back end gets it: same target, no header that only we may set, and who the client is.</summary>
/// <param name="target">What is asked for.</param>
/// <param name="requestId">See <see cref="RequestId"/>.</param>
/// <param name="answers">Called when the back end's answer has begun.</param>
internal sealed class ForwardingTransformer(RequestTarget target, string requestId, Action answers) : HttpTransformer
{
    /// <summary>RFC 9440.</summary>
    private const string ClientCert = "Client-Cert";

    /// <summary>What a client could forge an identity or an address with, and what we set ourselves.</summary>
    private static readonly string[] NotFromClients =
        [ClientCert, "Client-Cert-Chain", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", RequestId.Header];

    // Uri would otherwise decode and shorten the path, and we would forward another one than we judged.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = new(destinationPrefix + target.Raw, Verbatim);
        // The back end's own name: the client's belongs to us.
        proxyRequest.Headers.Host = null;
        foreach (var header in NotFromClients) proxyRequest.Headers.Remove(header);
        proxyRequest.Headers.Add(RequestId.Header, requestId);
        proxyRequest.Headers.Add("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString() ?? "unknown");
        if (httpContext.Connection.ClientCertificate is { } certificate && !GatewayIdentity.IsGateway(certificate))
            proxyRequest.Headers.Add(ClientCert, ByteSequence(certificate));
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null) answers();
        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    /// <summary>RFC 8941, section 3.3.5: base64 between colons.</summary>
    private static string ByteSequence(X509Certificate2 certificate) => $":{Convert.ToBase64String(certificate.RawDataMemory.Span)}:";
}
