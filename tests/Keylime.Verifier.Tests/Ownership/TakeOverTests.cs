using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Verifier.Tests.Ownership;

/// <summary>Two verifiers on one PostgreSQL, which divide the agents by leases in it or in a Redis.</summary>
public abstract class TakeOverTests : IAsyncLifetime
{
    private readonly List<TestAgent> _agents = [];
    private TestSite _site = null!;
    private TestVerifier _one = null!;
    private TestVerifier _two = null!;

    internal abstract Task<TestSite> CreateSiteAsync();

    internal TestVerifier One => _one;
    internal TestVerifier Two => _two;
    internal IReadOnlyList<TestAgent> Agents => _agents;

    public virtual async Task InitializeAsync()
    {
        _site = await CreateSiteAsync();
        _one = await StartAsync("verifier-1");
        _two = await StartAsync("verifier-2");
        await UntilDividedAsync();
        for (var i = 0; i < 12; i++)
        {
            var agent = await _one.StartAgentAsync($"agent-{i}");
            _agents.Add(agent);
            await (i % 2 == 0 ? _one : _two).AddAsync(agent);
        }
    }

    public virtual async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        foreach (var agent in _agents) await agent.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task Agents_are_attested_by_their_owners_wherever_they_were_added_and_by_the_other_after_a_leave()
    {
        foreach (var agent in _agents) await _two.WaitAttestedAsync(agent.Id);
        // A busy machine has leases run out, and then one has all for a moment.
        await Eventually.AsyncOf(OwnersAsync, owners => owners.SequenceEqual(["verifier-1", "verifier-2"]));

        await _one.StopAsync();

        foreach (var agent in _agents)
        {
            var count = (await _two.StatusAsync(agent.Id)).AttestationCount;
            await _two.WaitAsync(agent.Id, status => status is { Owner: "verifier-2", TrustState: TrustState.Attested } && status.AttestationCount > count);
        }
    }

    [Fact]
    public async Task Both_tell_a_gateway_the_same_members()
    {
        foreach (var verifier in (TestVerifier[])[_one, _two])
        {
            using var gateway = verifier.Gateway();
            await Eventually.AsyncOf(() => MembersAsync(gateway), members => members.SequenceEqual(["verifier-1 serving", "verifier-2 serving"]));
        }
    }

    private static async Task<IReadOnlyList<string>> MembersAsync(HttpClient gateway)
    {
        var members = (await TestVerifier.SendAsync(gateway, HttpMethod.Get, "/cluster/members", null)).Results.GetProperty("members");
        return [.. members.EnumerateArray().Select(member => $"{member.GetProperty("instance").GetString()} {member.GetProperty("state").GetString()}").Order()];
    }

    private async Task<IReadOnlyList<string?>> OwnersAsync() =>
        [.. (await Task.WhenAll(_agents.Select(agent => _one.StatusAsync(agent.Id)))).Select(status => status.Owner).Distinct().Order()];

    internal Task UntilDividedAsync() =>
        Eventually.True(() => OwnedBy(_one) + OwnedBy(_two) == ShardMap.DefaultCount && OwnedBy(_one) > 0 && OwnedBy(_two) > 0);

    private Task<TestVerifier> StartAsync(string instance) => TestVerifier.StartAsync(_site, ("instance", instance));

    private static int OwnedBy(TestVerifier verifier) => verifier.Services.GetRequiredService<ShardOwnership>().Census()[(int)ShardPhase.Owned];
}

public sealed class RedisTakeOverTests : TakeOverTests
{
    private RedisServer _redis = null!;

    internal override async Task<TestSite> CreateSiteAsync()
    {
        _redis = await RedisServer.StartAsync();
        return TestSite.On(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), _redis.ConnectionString);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_verifier_that_lost_its_redis_goes_on_and_one_that_is_fenced_gives_way()
    {
        foreach (var agent in Agents) await One.WaitAttestedAsync(agent.Id);
        await _redis.StopAsync();

        foreach (var agent in Agents)
        {
            var count = (await One.StatusAsync(agent.Id)).AttestationCount;
            await One.WaitAsync(agent.Id, status => status.AttestationCount > count + 2);
        }
        await _redis.RestartAsync();
        await UntilDividedAsync();
        foreach (var agent in Agents) await One.WaitAttestedAsync(agent.Id);
    }
}

public sealed class PostgresTakeOverTests : TakeOverTests
{
    private PostgresServer _postgres = null!;

    internal override async Task<TestSite> CreateSiteAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        return TestSite.On(await _postgres.CreateDatabaseAsync());
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task Verifiers_that_lost_leases_and_states_at_once_go_on_and_divide_them_again()
    {
        foreach (var agent in Agents) await One.WaitAttestedAsync(agent.Id);
        var asked = Agents.Select(agent => agent.Answered).ToList();
        await _postgres.PauseAsync();
        await Eventually.True(() => Agents.Zip(asked).All(pair => pair.First.Answered > pair.Second + 5));
        await _postgres.ResumeAsync();
        await UntilDividedAsync();
        foreach (var agent in Agents) await One.WaitAttestedAsync(agent.Id);
    }
}
