using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Verifier.Attestation;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Verifier.Tests.Attestation;

/// <summary>A policy that is changed while an agent is being judged by it.</summary>
public sealed class PolicyChangeTests : IAsyncLifetime
{
    private readonly TestSite _site = TestSite.OnSqlite();
    private TestVerifier _verifier = null!;
    private TestAgent _agent = null!;

    public async Task InitializeAsync()
    {
        _verifier = await TestVerifier.StartAsync(_site, ("shutdown_drain_timeout", "60"));
        _agent = await _verifier.StartAgentAsync("agent");
        Assert.True(await Policies.AddAsync(PolicyKind.Runtime, Policy(), default));
        await _verifier.AddAsync(_agent, null, ("runtime_policy_name", "shared"), ("tpm_policy", """{"mask":"0x400"}"""));
        await _verifier.WaitAttestedAsync("agent");
    }

    public async Task DisposeAsync()
    {
        await _verifier.DisposeAsync();
        await _agent.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task A_failure_that_meets_an_update_is_not_lost()
    {
        await FailDuringUpdateTo(Policy("/bin/b"));
        var status = await _verifier.WaitFailedAsync("agent");
        Assert.Equal((9, "ima.validation.ima-ng.not_in_allowlist"), (status.OperationalState, status.LastEventId));
    }

    [Fact]
    public async Task A_failure_that_meets_an_update_to_the_same_text_is_not_lost()
    {
        await FailDuringUpdateTo(Policy());
        Assert.Equal(9, (await _verifier.WaitFailedAsync("agent")).OperationalState);
    }

    [Fact]
    public async Task A_failure_under_the_old_policy_does_not_count_under_the_new_one()
    {
        var count = (await _verifier.StatusAsync("agent")).AttestationCount;
        await FailDuringUpdateTo(Policy("/bin/a"));

        // The tampering is over when the update is made; the whole list passes afterwards.
        await Eventually.True(() => _agent.Requests[^1]["ima_ml_entry"] == "2");
        var status = await _verifier.WaitAsync("agent", status => status.AttestationCount > count + 3 && status.TrustState == TrustState.Attested);
        Assert.Equal((3, null, TrustState.Attested), (status.OperationalState, status.LastEventId, status.TrustState));
    }

    [Fact]
    public async Task A_failure_that_meets_an_update_is_written_before_the_verifier_leaves()
    {
        var id = AgentId.Parse("agent");
        var store = _verifier.Services.GetRequiredService<IAgentStore>();
        var owned = _verifier.Services.GetRequiredService<OwnedAgents>().Find(id)!;
        async Task<bool> IsStoredAsync() => (await store.FindAsync(id, default))!.State.OperationalState == OperationalState.InvalidQuote;
        await FailDuringUpdateTo(Policy());
        await Eventually.AsyncOf(async () => owned.VerdictIsOpen || await IsStoredAsync(), isSo => isSo);

        await _verifier.StopAsync();

        Assert.True(await IsStoredAsync());
    }

    private IPolicyStore Policies => _verifier.Services.GetRequiredService<IPolicyStore>();

    private static NamedPolicy Policy(params string[] paths) => new("shared", TestAgent.PolicyFor(paths), 2);

    /// <summary>Measures a file that the policy does not list; the policy is updated while the answer that tells of it is on its way.</summary>
    private Task FailDuringUpdateTo(NamedPolicy policy)
    {
        var updated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _agent.Tamper = answer =>
        {
            if (answer.ImaMeasurementList!.Contains("/bin/a", StringComparison.Ordinal) && !updated.Task.IsCompleted)
            {
                Policies.UpdateAsync(PolicyKind.Runtime, policy, default).GetAwaiter().GetResult();
                updated.SetResult();
            }
            return answer;
        };
        _agent.Measure("/bin/a", "/bin/a");
        return updated.Task;
    }
}
