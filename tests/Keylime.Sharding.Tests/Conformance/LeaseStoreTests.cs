namespace Keylime.Sharding.Tests.Conformance;

/// <summary>What every <see cref="ILeaseStore"/> must do. Two stores stand for two verifiers' connections to the same data.</summary>
public abstract class LeaseStoreTests
{
    protected const int ShardCount = 1024;

    /// <summary>Long enough that a lease of it never runs out within a test.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    protected static readonly LeaseOwner Ann = new("verifier-0", new Guid("00000000-0000-0000-0000-00000000000a"));
    protected static readonly LeaseOwner Bob = new("verifier-1", new Guid("00000000-0000-0000-0000-00000000000b"));

    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Ann's store.</summary>
    protected abstract ILeaseStore First { get; }

    /// <summary>Bob's store, over a connection of its own.</summary>
    protected abstract ILeaseStore Second { get; }

    [Fact]
    public async Task Grants_free_leases_and_refuses_those_of_others()
    {
        Assert.Equal([1, 2, 3], (await First.ClaimAsync([1, 2, 3], Ann, Long, None)).Order());
        Assert.Equal([4], await Second.ClaimAsync([3, 4], Bob, Long, None));
        Assert.Equal(
            new Dictionary<int, LeaseOwner> { [1] = Ann, [2] = Ann, [3] = Ann, [4] = Bob },
            await Second.ListAsync(None));
    }

    [Fact]
    public async Task Grants_an_owner_its_own_leases_again()
    {
        await First.ClaimAsync([1], Ann, Long, None);
        Assert.Equal([1, 2], (await First.ClaimAsync([1, 2], Ann, Long, None)).Order());
    }

    [Fact]
    public async Task Takes_a_restarted_process_for_somebody_else()
    {
        await First.ClaimAsync([1], Ann, Long, None);
        Assert.Empty(await Second.ClaimAsync([1], Ann with { Process = Bob.Process }, Long, None));
    }

    [Fact]
    public async Task Lets_a_lease_run_out_that_is_not_renewed()
    {
        await First.ClaimAsync([1], Ann, Short, None);
        Assert.Equal([1], await ClaimUntilGrantedAsync(Second, 1, Bob));
        Assert.Empty(await First.ClaimAsync([1], Ann, Long, None));
        Assert.Equal(Bob, (await First.ListAsync(None))[1]);
    }

    [Fact]
    public async Task Renewal_makes_a_lease_longer()
    {
        await First.ClaimAsync([1, 2], Ann, Short, None);
        await First.ClaimAsync([1], Ann, Long, None);
        // The lease beside it was taken with the same duration: once it has run out, the renewed one must not have.
        await ClaimUntilGrantedAsync(Second, 2, Bob);
        Assert.Empty(await Second.ClaimAsync([1], Bob, Long, None));
    }

    [Fact]
    public async Task Renewal_does_not_outlive_the_new_duration()
    {
        await First.ClaimAsync([1], Ann, Long, None);
        await First.ClaimAsync([1], Ann, Short, None);
        Assert.Equal([1], await ClaimUntilGrantedAsync(Second, 1, Bob));
    }

    [Fact]
    public async Task Lists_no_lease_that_has_run_out()
    {
        await First.ClaimAsync([1, 2], Ann, Short, None);
        await First.ClaimAsync([2], Ann, Long, None);
        while ((await Second.ListAsync(None)).ContainsKey(1)) await Task.Yield();
        Assert.Equal([2], (await Second.ListAsync(None)).Keys);
    }

    [Fact]
    public async Task A_lease_from_before_the_clock_was_set_back_is_nobodys()
    {
        // As if the clock had stood nine minutes later when Ann took hers.
        await First.ClaimAsync([1, 2], Ann, Long, None);
        Assert.Equal([1], await Second.ClaimAsync([1], Bob, Long / 10, None));
        Assert.Equal(Bob, (await First.ListAsync(None))[1]);
        // Durations may differ a little, while the configuration is being changed.
        Assert.Empty(await Second.ClaimAsync([2], Bob, Long * 0.6, None));
    }

    [Fact]
    public async Task Release_frees_own_leases_only()
    {
        await First.ClaimAsync([1, 2], Ann, Long, None);
        await Second.ClaimAsync([3], Bob, Long, None);
        await First.ReleaseAsync([1, 3, 4], Ann, None);
        Assert.Equal(new Dictionary<int, LeaseOwner> { [2] = Ann, [3] = Bob }, await First.ListAsync(None));
        Assert.Equal([1], await Second.ClaimAsync([1, 2], Bob, Long, None));
    }

    [Fact]
    public async Task Handles_all_shards_at_once()
    {
        int[] all = [.. Enumerable.Range(0, ShardCount)];
        Assert.Equal(all, (await First.ClaimAsync(all, Ann, Long, None)).Order());
        Assert.Equal(ShardCount, (await First.ListAsync(None)).Count);
        Assert.Empty(await Second.ClaimAsync(all, Bob, Long, None));
        await First.ReleaseAsync(all, Ann, None);
        Assert.Equal(all, (await Second.ClaimAsync(all, Bob, Long, None)).Order());
    }

    [Fact]
    public async Task Asked_for_nothing_does_nothing()
    {
        Assert.Empty(await First.ClaimAsync([], Ann, Long, None));
        await First.ReleaseAsync([], Ann, None);
        Assert.Empty(await First.ListAsync(None));
    }

    [Fact]
    public async Task Grants_a_contended_lease_to_exactly_one()
    {
        int[] shards = [.. Enumerable.Range(0, 200)];
        var answers = await Task.WhenAll(
            First.ClaimAsync(shards, Ann, Long, None), Second.ClaimAsync([.. shards.Reverse()], Bob, Long, None));
        Assert.Equal(shards, answers.SelectMany(granted => granted).Order());
    }

    private static async Task<IReadOnlyCollection<int>> ClaimUntilGrantedAsync(ILeaseStore store, int shard, LeaseOwner owner)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        IReadOnlyCollection<int> granted;
        do granted = await store.ClaimAsync([shard], owner, Long, timeout.Token);
        while (granted.Count == 0);
        return granted;
    }
}
