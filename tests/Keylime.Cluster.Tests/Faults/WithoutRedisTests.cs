using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>Two verifiers and a gateway that were not told of any Redis: leases and members are in PostgreSQL.</summary>
[Collection(ClusterCollection.Name)] // Not beside the others: two clusters at once are slow.
public sealed class WithoutRedisTests(WithoutRedisFixture cluster) : IClassFixture<WithoutRedisFixture>
{
    [Fact]
    public async Task The_agent_of_a_killed_verifier_is_attested_by_the_other_until_it_is_back()
    {
        await cluster.KillAsync("redis");
        var before = await cluster.WaitForAgentAsync("agent-0", agent => agent is { TrustState: TrustState.Attested, Owner: not null });
        var victim = before.Owner!;
        await cluster.KillAsync(victim);
        var after = await cluster.WaitForAgentAsync("agent-0", agent => agent.Owner != victim && agent.TrustState == TrustState.Attested && agent.AttestationCount > before.AttestationCount);

        // For the AppHost, which starts nothing before what it waits for.
        await cluster.StartAsync("redis");
        await cluster.StartAsync(victim);
        await cluster.WaitForAgentAsync("agent-0", agent => agent.Owner == victim && agent.TrustState == TrustState.Attested && agent.AttestationCount > after.AttestationCount);
    }
}

public sealed class WithoutRedisFixture : ClusterFixture
{
    private protected override string[] Size => ["--agents", "1", "--verifiers", "2", "--registrars", "1"];

    private protected override void Adapt(IDistributedApplicationTestingBuilder builder)
    {
        BePatient(builder, ["agent-0"], ["verifier-0", "verifier-1"]);
        foreach (var service in (string[])["verifier-0", "verifier-1", "gateway"])
            builder.CreateResourceBuilder<ProjectResource>(service).WithEnvironment("ConnectionStrings__redis", "");
    }
}
