using Keylime.Load.Cluster;

namespace Keylime.Load.Tests.Cluster;

public sealed class ClusterStatusTests
{
    private const string Cluster = """
        {"services":[
          {"name":"gateway","kind":"project","state":"running","address":"https://127.0.0.1:20001","pid":10},
          {"name":"gateway/registrar","kind":"project","state":"running","address":"http://127.0.0.1:20002","pid":10},
          {"name":"verifier-0","kind":"project","state":"running","address":"https://127.0.0.1:20003","pid":11},
          {"name":"verifier-1","kind":"project","state":"running","address":"https://127.0.0.1:20004","pid":12},
          {"name":"certificates","kind":"project","state":"finished","address":null,"pid":null}],
         "agents":[{"id":"x"}],"tls":{"directory":"/somewhere"}}
        """;

    [Fact]
    public void A_service_is_one_process_with_several_listeners()
    {
        var status = ClusterStatus.TryParse(Cluster)!;
        Assert.Equal(["gateway", "verifier-0", "verifier-1", "certificates"], status.Processes.Select(service => service.Name));
        Assert.Equal((12, "/somewhere"), (status.Find("verifier-1")!.Pid, status.Tls.Directory));
    }

    [Fact]
    public void The_way_in_is_the_gateway()
    {
        var layout = ClusterLayout.Of(ClusterStatus.TryParse(Cluster)!);
        Assert.Equal(("https://127.0.0.1:20001/", "http://127.0.0.1:20002/"), (layout.VerifierAddress.ToString(), layout.RegistrarAddress.ToString()));
        Assert.Equal(["verifier-0", "verifier-1"], layout.Verifiers);
    }

    [Fact]
    public void Or_the_one_process()
    {
        var layout = ClusterLayout.Of(ClusterStatus.TryParse("""
            {"services":[{"name":"standalone","kind":"project","state":"running","address":"https://127.0.0.1:1","pid":10},
              {"name":"standalone/registrar","kind":"project","state":"running","address":"http://127.0.0.1:2","pid":10}],"tls":{"directory":"/x"}}
            """)!);
        Assert.Equal(("https://127.0.0.1:1/", "http://127.0.0.1:2/"), (layout.VerifierAddress.ToString(), layout.RegistrarAddress.ToString()));
        Assert.Equal(["standalone"], layout.Verifiers);
    }

    [Fact]
    public void A_cluster_without_a_way_in_is_refused() => Assert.Throws<LoadException>(() => ClusterLayout.Of(new([], new("/x"))));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"services":[],"tls":null}""")]
    [InlineData("""{"services":7,"tls":{"directory":"/x"}}""")]
    [InlineData("""{"services":[{"name":"a","pid":"x"}],"tls":{"directory":"/x"}}""")]
    public void What_is_no_status_is_none(string json) => Assert.Null(ClusterStatus.TryParse(json));
}
