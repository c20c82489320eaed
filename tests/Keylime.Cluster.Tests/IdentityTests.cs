using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aspire.Hosting.Testing;
using Keylime.Protocol.V2;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Devices;

namespace Keylime.Cluster.Tests;

/// <summary>Who may do what, from outside: through the gateway, and on the services themselves.</summary>
[Collection(ClusterCollection.Name)]
public sealed class IdentityTests(ClusterFixture cluster)
{
    private static readonly string[] VerifierRoutes =
    [
        "GET /v2.6/agents", "GET /v2.6/agents/", "GET /v2.6/agents?bulk=true", "GET /v2.6/agents/agent-0", "POST /v2.6/agents/agent-9", "DELETE /v2.6/agents/agent-0",
        "PUT /v2.6/agents/agent-0/reactivate", "PUT /v2.6/agents/agent-0/stop",
        "GET /v2.6/allowlists", "GET /v2.6/allowlists/any", "POST /v2.6/allowlists/any", "PUT /v2.6/allowlists/any", "DELETE /v2.6/allowlists/any",
        "GET /v2.6/mbpolicies", "GET /v2.6/mbpolicies/any", "POST /v2.6/mbpolicies/any", "PUT /v2.6/mbpolicies/any", "DELETE /v2.6/mbpolicies/any",
    ];

    private static readonly string[] RegistrarRoutes = ["GET /v2.6/agents", "GET /v2.6/agents/agent-0", "DELETE /v2.6/agents/agent-0"];

    public static TheoryData<string, string, string> Routes
    {
        get
        {
            var routes = new TheoryData<string, string, string>();
            foreach (var route in VerifierRoutes)
                foreach (var (resource, endpoint) in new[] { ("gateway", "verifier"), ("verifier-0", "mtls") }) routes.Add(resource, endpoint, route);
            foreach (var route in RegistrarRoutes)
                foreach (var (resource, endpoint) in new[] { ("gateway", "registrar-mtls"), ("registrar-0", "mtls") }) routes.Add(resource, endpoint, route);
            return routes;
        }
    }

    [Theory, MemberData(nameof(Routes))]
    public async Task Without_a_certificate_a_request_is_refused(string resource, string endpoint, string route)
    {
        using var http = Connections.Open(cluster.TlsDirectory, stem: null);
        using var answer = await http.SendAsync(Request(resource, endpoint, route), ClusterFixture.Patience);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory, MemberData(nameof(Routes))]
    public async Task With_a_foreign_certificate_a_request_is_refused(string resource, string endpoint, string route)
    {
        var folder = Directory.CreateTempSubdirectory("keylime-foreign-").FullName;
        try
        {
            WriteForeignCertificate(folder);
            using var http = Connections.Open(folder, "client");
            // As in Keylime the handshake ends; there is no answer at all.
            await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(Request(resource, endpoint, route), ClusterFixture.Patience));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory, MemberData(nameof(Routes))]
    public async Task A_forged_client_certificate_header_makes_nobody_an_administrator(string resource, string endpoint, string route)
    {
        using var http = Connections.Open(cluster.TlsDirectory, stem: null);
        using var genuine = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(cluster.TlsDirectory, "client-cert.crt"));
        using var request = Request(resource, endpoint, route);
        request.Headers.Add("Client-Cert", $":{Convert.ToBase64String(genuine.RawData)}:");
        using var answer = await http.SendAsync(request, ClusterFixture.Patience);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task An_administrator_is_answered_through_the_gateway()
    {
        using var http = Connections.Open(cluster.TlsDirectory, "client");
        foreach (var (endpoint, route) in new[] { ("verifier", "GET /v2.6/agents"), ("registrar-mtls", "GET /v2.6/agents/agent-0") })
        {
            using var answer = await http.SendAsync(Request("gateway", endpoint, route), ClusterFixture.Patience);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_second_TPM_that_claims_a_registered_id_is_refused()
    {
        await using var other = await SoftwareTpm.StartAsync();
        Assert.True(TctiName.TryParse(other.Tcti, out var name, out _));
        var device = new TpmDevice(TpmTransport.Create(name));
        var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.Find("rsa")!);
        var ak = await device.CreateAttestationKeyAsync(ek, AttestationKeyTemplate.Rsa(2048, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256));

        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(new Uri(cluster.App.GetEndpoint("gateway", "registrar"), "/v2.6/agents/agent-0"), new RegisterAgentRequest
        {
            EkTpm = Convert.ToBase64String(ek.Public.ToSizedBytes()),
            AikTpm = Convert.ToBase64String(ak.Public.ToSizedBytes()),
            Ip = "127.0.0.1",
            Port = 9002,
        });
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("attested", (await cluster.WaitForAgentAsync("agent-0", _ => true)).TrustState);
    }

    private HttpRequestMessage Request(string resource, string endpoint, string route)
    {
        var (method, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(cluster.App.GetEndpoint(resource, endpoint), path));
        if (method is "POST" or "PUT") request.Content = JsonContent.Create(new { });
        return request;
    }

    /// <summary>The names of an operator's certificate, from another authority; with the cluster's own authority, so that its servers are believed.</summary>
    private void WriteForeignCertificate(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "client-cert.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "client-private.pem"), key.ExportPkcs8PrivateKeyPem());
        File.Copy(Path.Combine(cluster.TlsDirectory, "cacert.crt"), Path.Combine(folder, "cacert.crt"));
    }
}
