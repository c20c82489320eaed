using System.Collections.Concurrent;
using Keylime.Attestation.Agents;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Tests.Attestation;

public sealed class PolicyLibraryTests
{
    [Fact]
    public async Task A_row_that_changes_while_it_is_read_does_not_lend_its_new_text_to_another()
    {
        using var library = new PolicyLibrary(new SlowPolicies { ["mine"] = TestAgent.PolicyFor("/bin/new"), ["yours"] = TestAgent.PolicyFor("/bin/old") }, new());
        // Both rows held the same text when their agents were read.
        var seen = new PolicyReference(TestAgent.PolicyFor("/bin/old"), IsSet: true);

        var mine = library.GetRuntimeAsync("mine", seen, default);
        var yours = library.GetRuntimeAsync("yours", seen, default);

        Assert.NotSame(await mine, await yours);
    }

    [Fact]
    public async Task Those_who_want_the_same_row_share_one_reading()
    {
        var store = new SlowPolicies { ["mine"] = TestAgent.PolicyFor("/bin/a") };
        using var library = new PolicyLibrary(store, new());
        var seen = new PolicyReference(store["mine"], IsSet: true);

        var policies = await Task.WhenAll(library.GetRuntimeAsync("mine", seen, default), library.GetRuntimeAsync("mine", seen, default));

        Assert.Same(policies[0], policies[1]);
        Assert.Equal(1, store.Readings);
        Assert.Same(policies[0], await library.GetRuntimeAsync("mine", seen, default));
    }

    [Fact]
    public async Task A_lost_measured_boot_row_is_not_the_same_as_one_without_a_text()
    {
        using var library = new PolicyLibrary(new SlowPolicies(), new());
        await Assert.ThrowsAsync<PolicyUnusableException>(() => library.FindMeasuredBootAsync("gone", new("", IsSet: false), default));
        Assert.Null(await library.FindMeasuredBootAsync("none", new("e3b0", IsSet: false), default));
    }

    /// <summary>Answers no reading before the caller has gone on. The text serves as its own hash.</summary>
    private sealed class SlowPolicies : ConcurrentDictionary<string, string>, IPolicyStore
    {
        public int Readings;

        public async Task<StoredPolicy?> FindAsync(PolicyKind kind, string name, CancellationToken ct)
        {
            Interlocked.Increment(ref Readings);
            await Task.Yield();
            return new(name, this[name], 2, this[name]);
        }

        public Task<IReadOnlyList<string>> ListNamesAsync(PolicyKind kind, CancellationToken ct) => throw new NotSupportedException();
        public Task<bool> AddAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct) => throw new NotSupportedException();
        public Task<bool> UpdateAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct) => throw new NotSupportedException();
        public Task<DeletePolicyOutcome> DeleteAsync(PolicyKind kind, string name, CancellationToken ct) => throw new NotSupportedException();
    }
}
