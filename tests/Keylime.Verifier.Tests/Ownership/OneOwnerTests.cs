using Keylime.Sharding;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Verifier.Tests.Ownership;

/// <summary>Two verifiers on one SQLite file.</summary>
public sealed class OneOwnerTests
{
    [Fact]
    public async Task The_second_stays_idle_answers_requests_and_takes_over_when_the_first_has_gone()
    {
        using var site = TestSite.OnSqlite();
        var first = await TestVerifier.StartAsync(site, ("instance", "first"));
        await Eventually.True(() => OwnedBy(first) == ShardMap.DefaultCount);
        await using var second = await TestVerifier.StartAsync(site, ("instance", "second"));
        await using var agent = await first.StartAgentAsync("agent");
        await second.AddAsync(agent);
        await second.WaitAsync("agent", status => status is { Owner: "first", AttestationCount: > 2 });
        Assert.Equal(0, OwnedBy(second));

        await first.DisposeAsync();

        await Eventually.True(() => OwnedBy(second) == ShardMap.DefaultCount);
        var count = (await second.StatusAsync("agent")).AttestationCount;
        await second.WaitAsync("agent", status => status.Owner == "second" && status.AttestationCount > count);
    }

    private static int OwnedBy(TestVerifier verifier) => verifier.Services.GetRequiredService<ShardOwnership>().Census()[(int)ShardPhase.Owned];
}
