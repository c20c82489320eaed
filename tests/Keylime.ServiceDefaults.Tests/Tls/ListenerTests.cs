using System.Net;
using System.Security.Authentication;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;

namespace Keylime.ServiceDefaults.Tests.Tls;

public sealed class ListenerTests : IDisposable
{
    private readonly Authority _authority = new();
    private readonly Authority _foreign = new();

    public void Dispose()
    {
        _authority.Dispose();
        _foreign.Dispose();
    }

    [Fact]
    public async Task Serves_anybody_without_a_certificate_where_it_is_optional()
    {
        await using var host = await StartAsync(ClientCertificates.Optional);
        Assert.Equal("anonymous", await AskAsync(host, null));
    }

    [Theory]
    [InlineData(ClientCertificates.Optional)]
    [InlineData(ClientCertificates.Mandatory)]
    public async Task Knows_a_client_by_its_certificate(ClientCertificates mode)
    {
        await using var host = await StartAsync(mode);
        Assert.Equal("alice", await AskAsync(host, _authority.Client("alice")));
    }

    [Fact]
    public async Task Refuses_whoever_comes_without_a_certificate_where_it_is_mandatory()
    {
        await using var host = await StartAsync(ClientCertificates.Mandatory);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, null));
    }

    [Theory]
    [InlineData(ClientCertificates.Optional)]
    [InlineData(ClientCertificates.Mandatory)]
    public async Task Refuses_a_bad_certificate_even_where_none_would_do(ClientCertificates mode)
    {
        await using var host = await StartAsync(mode);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, _foreign.Client()));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, _authority.ExpiredClient()));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, _authority.Server()));
    }

    [Fact]
    public async Task Speaks_no_tls_older_than_1_2()
    {
        await using var host = await StartAsync(ClientCertificates.Optional);
        var options = new ClientTls(null, _authority.Trust).ToOptions();
#pragma warning disable CA5397, SYSLIB0039 // The point is that it is refused.
        options.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore CA5397, SYSLIB0039
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = options });
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri(host.Tls, "/v2/who")));
    }

    [Fact]
    public async Task Believes_only_servers_under_its_roots()
    {
        await using var host = await StartAsync(ClientCertificates.Optional);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, null, _foreign.Trust));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, null, CertificateTrust.Nobody));
        Assert.Equal("anonymous", await AskAsync(host, null, CertificateTrust.Unverified));
    }

    [Fact]
    public async Task Takes_no_client_for_a_server()
    {
        await using var host = await TestHost.StartAsync(new(_authority.Client(), _authority.Trust, ClientCertificates.Optional), MapWho);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(host, null));
    }

    [Fact]
    public async Task Names_nobody_when_clients_are_not_verified()
    {
        await using var host = await TestHost.StartAsync(new(_authority.Server(), CertificateTrust.Unverified, ClientCertificates.Optional), MapWho);
        Assert.Equal("anonymous", await AskAsync(host, _authority.Client("alice")));
    }

    [Fact]
    public void Refuses_mandatory_certificates_that_nothing_could_verify() =>
        Assert.Throws<ConfigurationException>(() => WebApplication.CreateBuilder().ListenTls(IPAddress.Loopback, 0, new(_authority.Server(), CertificateTrust.Unverified, ClientCertificates.Mandatory)));

    private Task<TestHost> StartAsync(ClientCertificates mode) => TestHost.StartAsync(new(_authority.Server(), _authority.Trust, mode), MapWho);

    private static void MapWho(WebApplication app) => app.MapGet("/v2/who", (Microsoft.AspNetCore.Http.HttpContext context) => context.GetCaller().Name ?? "anonymous").AllowEveryone();

    private async Task<string> AskAsync(TestHost host, TlsIdentity? identity, CertificateTrust? servers = null)
    {
        using var http = new HttpClient(new ClientTls(identity, servers ?? _authority.Trust).CreateHandler());
        return await http.GetStringAsync(new Uri(host.Tls, "/v2/who"));
    }
}
