using Aspire.Hosting.ApplicationModel;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests;

/// <summary>One process with SQLite does what the cluster does, for its clients and for its operator.</summary>
[Collection(ClusterCollection.Name)]
public sealed class StandaloneTests(StandaloneFixture standalone) : IClassFixture<StandaloneFixture>
{
    [Fact]
    public async Task There_is_no_other_service_and_no_server_of_a_database()
    {
        await standalone.App.ResourceNotifications.WaitForResourceHealthyAsync(StandaloneFixture.Process, ClusterFixture.Patience);
        foreach (var other in (string[])["postgres", "redis", "gateway", "verifier-0", "registrar-0"])
            Assert.False((await standalone.App.ResourceCommands.ExecuteCommandAsync(other, KnownResourceCommands.StartCommand, ClusterFixture.Patience)).Success);
    }

    [Fact]
    public async Task A_tampered_file_is_named_and_the_verdict_outlives_a_restart()
    {
        await standalone.WaitForAgentAsync("agent-1", agent => agent.TrustState == TrustState.Attested);
        await standalone.CommandAsync("agent-1", "tamper");
        var failed = await standalone.WaitForAgentAsync("agent-1", agent => agent.TrustState == TrustState.Failed);
        Assert.Contains("/usr/bin/inventory", failed.Reason, StringComparison.Ordinal);

        await standalone.CommandAsync(StandaloneFixture.Process, KnownResourceCommands.RestartCommand);
        var after = await standalone.WaitForAgentAsync("agent-1", _ => true);
        Assert.Equal((failed.TrustState, failed.Reason, failed.AttestationCount), (after.TrustState, after.Reason, after.AttestationCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_restart_attestation_goes_on_where_it_was(bool isKilled)
    {
        var before = await standalone.WaitForAgentAsync("agent-0", agent => agent is { TrustState: TrustState.Attested, AttestationCount: > 1 });
        Assert.Equal(StandaloneFixture.Process, before.Owner);
        if (isKilled)
        {
            await standalone.KillAsync();
            await standalone.CommandAsync(StandaloneFixture.Process, KnownResourceCommands.StartCommand);
        }
        else
        {
            await standalone.CommandAsync(StandaloneFixture.Process, KnownResourceCommands.RestartCommand);
        }

        // The count goes on from what was stored: from at most a flush period before the kill.
        var first = await standalone.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Attested);
        Assert.InRange(first.AttestationCount, before.AttestationCount, long.MaxValue);
        var after = await standalone.WaitForAgentAsync("agent-0", agent => agent.AttestationCount > first.AttestationCount + 1);
        Assert.Equal((TrustState.Attested, StandaloneFixture.Process), (after.TrustState, after.Owner));
    }
}
