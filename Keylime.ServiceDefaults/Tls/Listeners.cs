using System.Net;
using Keylime.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>The addresses that a service answers on. They come from Keylime's options alone; ASP.NET Core's own variables are not read.</summary>
public static class Listeners
{
    public static WebApplicationBuilder ListenPlain(this WebApplicationBuilder builder, IPAddress address, int port)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, listener => listener.Protocols = HttpProtocols.Http1));
        return builder;
    }

    /// <summary>Adds a TLS listener. The roots of its clients become those that the gateway's word is checked against.</summary>
    public static WebApplicationBuilder ListenTls(this WebApplicationBuilder builder, IPAddress address, int port, ServerTls tls)
    {
        if (tls.ClientCertificates == ClientCertificates.Mandatory && tls.Clients.IsEmpty)
            throw new ConfigurationException("trusted_client_ca names no authority, but clients must have a certificate");
        builder.Services.AddSingleton(tls.Clients);
        var options = tls.ToOptions();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, listener =>
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(options) });
        }));
        return builder;
    }

    /// <summary>The plain listener for health probes, on loopback unless told otherwise. Nothing but probes is served on it.</summary>
    internal static void ListenManagement(this IWebHostBuilder host, KeylimeSettings settings)
    {
        if (settings.FindText("port") is null) return;
        host.ConfigureKestrel(kestrel => kestrel.Listen(settings.GetAddress("ip", IPAddress.Loopback), settings.GetPort("port", 0), listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.Use(next => connection =>
            {
                connection.Features.Set(ManagementConnection.Instance);
                return next(connection);
            });
        }));
    }
}
