using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tests.Tls;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Tests.Http;

public sealed class CallerIdentificationTests : IAsyncLifetime, IDisposable
{
    private readonly Authority _authority = new();
    private readonly Authority _foreign = new();
    private TestHost _host = null!;

    public async Task InitializeAsync() => _host = await TestHost.StartAsync(new(_authority.Server(), _authority.Trust, ClientCertificates.Optional),
        app => app.MapGet("/v2/who", (HttpContext context) => context.GetCaller().Name ?? "anonymous").AllowEveryone());

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose()
    {
        _authority.Dispose();
        _foreign.Dispose();
    }

    [Fact]
    public async Task Takes_the_gateways_word() => Assert.Equal("alice", await AskAsync(_authority.Gateway(), Header(_authority.Client("alice"))));

    [Fact]
    public async Task Takes_nobody_elses_word()
    {
        var alice = Header(_authority.Client("alice"));
        Assert.Equal("anonymous", await AskAsync(null, alice));
        Assert.Equal("mallory", await AskAsync(_authority.Client("mallory"), alice));
        Assert.Equal("server", await AskAsync(_authority.Issue(CertificateProfile.Client("server")), alice));
    }

    [Fact]
    public async Task Takes_the_gateway_itself_for_nobody()
    {
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway()));
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), Header(_authority.Gateway())));
    }

    [Fact]
    public async Task Verifies_what_the_gateway_hands_on()
    {
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), Header(_foreign.Client("alice"))));
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), Header(_authority.ExpiredClient())));
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), Header(_authority.Server())));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("::")]
    [InlineData(":AAAA:")]
    [InlineData(":not base64!:")]
    [InlineData("MIIB")]
    public async Task Takes_a_malformed_header_for_nobody(string header) => Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), header));

    [Fact]
    public async Task Takes_two_certificates_and_parts_of_one_for_nobody()
    {
        var good = Header(_authority.Client("alice"));
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), good, good));
        Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), good[..(good.Length / 2)] + ":"));
    }

    [Fact]
    public async Task Takes_a_certificate_that_decodes_only_in_part_for_nobody()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=alice", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.37", [0x01], critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var unknownCurve = certificate.RawData;
        // The name of P-256 becomes that of no curve.
        unknownCurve[unknownCurve.AsSpan().IndexOf<byte>([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) + 7] = 0x7F;
        foreach (var der in (byte[][])[certificate.RawData, unknownCurve])
            Assert.Equal("anonymous", await AskAsync(_authority.Gateway(), $":{Convert.ToBase64String(der)}:"));
    }

    private static string Header(TlsIdentity identity) => $":{Convert.ToBase64String(identity.Certificate.RawData)}:";

    private async Task<string> AskAsync(TlsIdentity? identity, params string[] headers)
    {
        using var http = new HttpClient(new ClientTls(identity, _authority.Trust).CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_host.Tls, "/v2/who"));
        foreach (var header in headers) request.Headers.TryAddWithoutValidation("Client-Cert", header);
        using var response = await http.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}
