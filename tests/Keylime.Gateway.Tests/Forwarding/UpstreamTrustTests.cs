using System.Net;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Gateway.Tests.Forwarding;

public sealed class UpstreamTrustTests
{
    [Theory]
    [InlineData("foreign")]
    [InlineData("client")]
    public async Task Speaks_with_no_back_end_that_is_no_server_of_the_cluster(string kind)
    {
        await using var cluster = await TestCluster.StartWithoutBackendsAsync();
        var identity = kind == "foreign" ? cluster.Certificates.ForeignServer : cluster.Certificates.Client;
        // At the address of a known verifier.
        await using var impostor = new TestBackend("impostor", cluster.Verifiers[0].Port, new ServerTls(identity, cluster.Certificates.Trust, ClientCertificates.Optional));
        await impostor.StartAsync();
        using var response = await cluster.Admin.GetAsync(cluster.Verifier("/v2.6/agents"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Empty(impostor.Received);
    }
}
