using System.Net;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Http;

namespace Keylime.Registrar.Tests;

public sealed class RemoteTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-remote-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("https", "gateway", "198.51.100.7", "198.51.100.7 (via 192.0.2.1)")]
    [InlineData("https", "gateway", null, "192.0.2.1")]
    [InlineData("https", "gateway", "1.2.3.4\nforged", "192.0.2.1")]
    [InlineData("https", "client", "198.51.100.7", "192.0.2.1")]
    [InlineData("https", null, "198.51.100.7", "192.0.2.1")]
    [InlineData("http", null, "198.51.100.7", "192.0.2.1 (claims 198.51.100.7)")]
    [InlineData("http", null, "2001:DB8:0::7", "192.0.2.1 (claims 2001:db8::7)")]
    [InlineData("http", null, "somebody", "192.0.2.1")]
    [InlineData("http", null, null, "192.0.2.1")]
    public void Believes_the_gateway_alone_about_who_is_behind_it(string scheme, string? certificate, string? header, string expected)
    {
        CertificateFolder.CreateMissing(_folder.FullName, new(), TimeProvider.System);
        var context = new DefaultHttpContext();
        (context.Request.Scheme, context.Connection.RemoteIpAddress) = (scheme, IPAddress.Parse("192.0.2.1"));
        if (header is not null) context.Request.Headers["X-Forwarded-For"] = header;
        if (certificate is not null)
            context.Connection.ClientCertificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_folder.FullName, $"{certificate}-cert.crt"));
        Assert.Equal(expected, Remote.Of(context));
    }
}
