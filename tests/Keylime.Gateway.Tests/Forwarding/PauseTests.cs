namespace Keylime.Gateway.Tests.Forwarding;

/// <summary>A verifier that takes requests and neither answers them nor hangs up.</summary>
public sealed class PauseTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    // Without a time limit of its own: only being passed over ends these requests.
    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync(("request_timeout", "3600"), ("health_check_timeout", "3"));

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Asks_another_for_what_changes_nothing_when_the_owner_no_longer_answers_its_health_checks()
    {
        _cluster.Verifiers[1].IsPaused = true;
        var uri = _cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf("verifier-1")}");
        var change = _cluster.Admin.PostAsync(uri, null);
        Assert.NotEqual("verifier-1", await _cluster.InstanceAsync(uri));
        // Nobody knows whether a change has been made.
        Assert.False(change.IsCompleted);
        Assert.DoesNotContain(_cluster.Verifiers.SelectMany(verifier => verifier.Received), request => request.Method == "POST");
    }

    [Fact]
    public async Task Waits_for_the_last_one_however_slow_it_is()
    {
        await _cluster.Verifiers[0].StopAsync();
        await _cluster.Verifiers[2].StopAsync();
        await _cluster.InstanceAsync(_cluster.Verifier("/v2.6/allowlists/"));
        _cluster.Verifiers[1].IsPaused = true;
        var answer = _cluster.Anonymous.GetAsync(_cluster.Verifier("/v2.6/agents/a"));
        await TestCluster.UntilAsync(() => Task.FromResult(_cluster.Pools[0].LiveCount == 0));
        Assert.False(answer.IsCompleted);
    }

    [Fact]
    public async Task Does_not_cut_off_an_answer_that_has_begun()
    {
        var whole = new TaskCompletionSource();
        _cluster.Verifiers[1].Behaviour = async context =>
        {
            await context.Response.Body.WriteAsync("half"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await whole.Task;
            await context.Response.Body.WriteAsync("whole"u8.ToArray());
        };
        using var response = await _cluster.Anonymous.GetAsync(_cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf("verifier-1")}"), HttpCompletionOption.ResponseHeadersRead);
        _cluster.Verifiers[1].IsPaused = true;
        await TestCluster.UntilAsync(() => Task.FromResult(_cluster.Pools[0].LiveCount == 2));
        whole.SetResult();
        Assert.Equal("halfwhole", await response.Content.ReadAsStringAsync());
    }
}
