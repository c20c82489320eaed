using System.Diagnostics;
using System.Text;
using Keylime.ServiceDefaults.Tls;
using Yarp.ReverseProxy.Forwarder;

namespace Keylime.Gateway.Forwarding;

/// <summary>Connections to the back ends, under the gateway's certificate and to servers under the cluster's authority only.</summary>
internal static class UpstreamConnections
{
    public static HttpMessageInvoker Create(ClientTls tls, TimeSpan connectTimeout)
    {
        var handler = tls.CreateHandler();
        // A back end that is not there must not cost a request its patience: there are others.
        handler.ConnectTimeout = connectTimeout;
        // Our span, not the client's, is the parent of the back end's.
        handler.ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current);
        // A header that Kestrel read goes out in the same octets; left alone, the handler refuses all that is not ASCII.
        handler.RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8;
        return new(handler);
    }
}
