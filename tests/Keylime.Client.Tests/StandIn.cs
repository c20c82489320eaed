using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keylime.Client.Tests;

/// <summary>A server that says what a test tells it to, over TLS with a self-signed certificate or over plain HTTP.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandIn(WebApplication app, X509Certificate2 certificate) => (_app, Certificate) = (app, certificate);

    public X509Certificate2 Certificate { get; }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Connections that requests came in on.</summary>
    public HashSet<string> Connections { get; } = [];

    public static async Task<StandIn> StartAsync(RequestDelegate answer, bool useTls = true, int port = 0, X509Certificate2? holds = null)
    {
        var certificate = holds ?? SelfSigned();
        var tls = new SslServerAuthenticationOptions
        {
            // Offline: the server must not look for its own issuer either.
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            ClientCertificateRequired = true,
            // A client may show a certificate or none; a test looks at what it showed.
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is not null || errors == SslPolicyErrors.RemoteCertificateNotAvailable,
        };
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listener =>
        {
            if (useTls) listener.UseHttps((_, _, _, _) => ValueTask.FromResult(tls), null!);
        }));
        var app = builder.Build();
        var server = new StandIn(app, certificate);
        app.Run(context =>
        {
            lock (server.Connections) server.Connections.Add(context.Connection.Id);
            return answer(context);
        });
        await app.StartAsync();
        return server;
    }

    public static RequestDelegate Says(string json, int status = 200) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    };

    public static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    /// <summary>A certificate of an authority that is to be fetched at an address.</summary>
    public static X509Certificate2 IssuedAt(string authorityAddress)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [authorityAddress]));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(new("CN=authority"), X509SignatureGenerator.CreateForECDsa(authority), now.AddDays(-1), now.AddDays(1), [1]);
        return certificate.CopyWithPrivateKey(key);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Certificate.Dispose();
    }
}
