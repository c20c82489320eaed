using System.Security.Cryptography;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Microsoft.AspNetCore.Http;

namespace Keylime.Verifier.Tests.Attestation;

/// <summary>The loop against agents that sign real quotes: what makes them pass, and that nothing else does.</summary>
public sealed class AttestationLoopTests : IAsyncLifetime
{
    private const string Recoverable = """[{"event_id": "ima\\..*", "severity_label": "warning"}]""";

    private readonly TestSite _site = TestSite.OnSqlite();
    private TestVerifier _verifier = null!;
    private TestAgent _agent = null!;

    public async Task InitializeAsync()
    {
        _verifier = await TestVerifier.StartAsync(_site, ("severity_policy", Recoverable));
        _agent = await _verifier.StartAgentAsync("agent");
    }

    public async Task DisposeAsync()
    {
        await _verifier.DisposeAsync();
        await _agent.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task A_good_agent_is_attested_again_and_again_over_one_connection()
    {
        _agent.Measure("/bin/a", "/bin/a");
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor("/bin/a"));

        var status = await _verifier.WaitAsync("agent", status => status is { AttestationCount: >= 4, TrustState: TrustState.Attested });

        Assert.Equal((3, "PASS", TrustState.Attested), (status.OperationalState, status.AttestationStatus, status.TrustState));
        Assert.Equal(("sha256", "ecc", "ecdsa", "verifier-0", null), (status.HashAlg, status.EncAlg, status.SignAlg, status.Owner, status.Reason));
        Assert.True(status.LastSuccessfulAttestation > 0 && status.LastReceivedQuote >= status.LastSuccessfulAttestation);
        Assert.True(status.EffectiveInterval > 0);
        Assert.Single(_agent.Connections);
        Assert.Null(status.V);
        Assert.Empty(_agent.ReceivedV);
        var requests = _agent.Requests.ToList();
        Assert.Equal(requests.Count, requests.Select(request => request["nonce"]).Distinct().Count());
        Assert.All(requests, request => Assert.Matches("^[A-Za-z0-9]{20}$", request["nonce"]));
        Assert.Equal(("0x400", "0", "0"), (requests[0]["mask"], requests[0]["partial"], requests[0]["ima_ml_entry"]));
        Assert.All(requests.Skip(1), request => Assert.Equal(("1", "2"), (request["partial"], request["ima_ml_entry"])));
    }

    [Fact]
    public async Task New_entries_are_judged_as_they_come()
    {
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor("/bin/a"));
        await _verifier.WaitAttestedAsync("agent");
        _agent.Measure("/bin/a", "/bin/a");
        await Eventually.True(() => _agent.Requests[^1]["ima_ml_entry"] == "2");
        Assert.Equal(3, (await _verifier.StatusAsync("agent")).OperationalState);
    }

    [Fact]
    public async Task A_changed_file_fails_the_agent_and_is_named()
    {
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor("/bin/a"));
        await _verifier.WaitAttestedAsync("agent");
        _agent.Measure("/bin/a", "something else");

        var status = await _verifier.WaitFailedAsync("agent");

        Assert.Equal((9, "FAIL", "ima.validation.ima-ng.runtime_policy_hash"), (status.OperationalState, status.AttestationStatus, status.LastEventId));
        Assert.Contains("/bin/a", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_the_highest_severity_the_agent_is_polled_on_and_recovers()
    {
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor("/bin/a"));
        await _verifier.WaitAttestedAsync("agent");
        _agent.Measure("/bin/b", "/bin/b");
        var failed = await _verifier.WaitFailedAsync("agent");
        _agent.Reboot("/bin/a");

        var recovered = await _verifier.WaitAttestedAsync("agent");

        Assert.Equal((3, 2, "ima.validation.ima-ng.not_in_allowlist", null), (recovered.OperationalState, recovered.SeverityLevel, recovered.LastEventId, recovered.Reason));
        Assert.Equal(recovered.SeverityLevel, failed.SeverityLevel);
    }

    [Fact]
    public async Task A_reboot_is_no_failure_whatever_the_new_lists_length()
    {
        _agent.Measure("/bin/a", "/bin/a");
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor("/bin/a", "/bin/b", "/bin/c"));
        await _verifier.WaitAttestedAsync("agent");
        foreach (var paths in (string[][])[["/bin/a", "/bin/b", "/bin/c"], []])
        {
            _agent.Reboot(paths);
            await Eventually.True(() => _agent.Requests[^1]["ima_ml_entry"] == $"{paths.Length + 1}");
            Assert.Equal(3, (await _verifier.StatusAsync("agent")).OperationalState);
        }
    }

    [Fact]
    public async Task A_new_payload_key_after_a_restart_of_the_agent_is_taken_and_given_V()
    {
        var v = RandomNumberGenerator.GetBytes(32);
        await _verifier.AddAsync(_agent, null, ("v", Convert.ToBase64String(v)));
        await Eventually.True(() => _agent.ReceivedV.Count == 1);
        Assert.Equal(v, _agent.DecryptV(_agent.ReceivedV[0]));
        await _verifier.WaitAsync("agent", status => status.OperationalState == 3);

        _agent.RenewPayloadKey();

        await Eventually.True(() => _agent.ReceivedV.Count == 2);
        Assert.Equal(v, _agent.DecryptV(_agent.ReceivedV[1]));
        Assert.Equal(3, (await _verifier.WaitAsync("agent", status => status.OperationalState != 5)).OperationalState);
    }

    [Fact]
    public async Task An_agent_that_keeps_its_new_payload_key_to_itself_fails()
    {
        await _verifier.AddAsync(_agent);
        await _verifier.WaitAttestedAsync("agent");
        _agent.Tamper = answer => answer with { Pubkey = null };
        _agent.RenewPayloadKey();

        Assert.Equal("pcr_validation.invalid_pcr_16", (await _verifier.WaitFailedAsync("agent")).LastEventId);
        Assert.Equal(["1", "0"], _agent.Requests.TakeLast(2).Select(request => request["partial"]));
    }

    [Fact]
    public async Task An_agent_that_claims_another_boot_every_time_fails()
    {
        _agent.Measure("/bin/a", "/bin/a");
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor("/bin/a"));
        await _verifier.WaitAttestedAsync("agent");
        var boots = 0;
        _agent.Tamper = answer => answer with { ImaMeasurementList = null, ImaMeasurementListEntry = 2, Boottime = ++boots };

        Assert.Equal("qoute_validation.invalid_ima_entry_nb", (await _verifier.WaitFailedAsync("agent")).LastEventId);
        Assert.Equal(2, boots);
    }

    public static TheoryData<string> Forgeries { get; } = ["signature", "nonce", "attest", "pcrs", "list", "key", "clock", "empty", "algorithm", "length", "nul"];

    [Theory, MemberData(nameof(Forgeries))]
    public async Task A_forged_answer_never_passes_and_ends_the_polling(string forgery)
    {
        var first = default(QuoteResponse);
        if (forgery == "nonce") _agent.WrongNonce = true;
        _agent.Tamper = answer => forgery switch
        {
            "signature" => answer with { Quote = Flip(answer.Quote!, part: 1) },
            "attest" => answer with { Quote = Flip(answer.Quote!, part: 0) },
            "pcrs" => answer with { Quote = Flip(answer.Quote!, part: 2) },
            "list" => answer with { ImaMeasurementList = answer.ImaMeasurementList!.Replace("boot_aggregate", "boot_aggregatf", StringComparison.Ordinal) },
            "key" => answer with { Pubkey = answer.Pubkey?.Replace('A', 'B') },
            "clock" => first ??= answer, // an old answer, over and over
            "empty" => new(),
            "length" => answer with { Pubkey = answer.Pubkey + new string('\n', 8192) },
            "nul" => answer with { Pubkey = answer.Pubkey + "\0" },
            "algorithm" => answer with { HashAlg = "sha1" },
            _ => answer,
        };
        await _verifier.AddAsync(_agent, TestAgent.PolicyFor());

        var status = await _verifier.WaitFailedAsync("agent");

        Assert.Equal(9, status.OperationalState);
        Assert.Equal(forgery == "clock" ? 1 : 0, status.AttestationCount);
        Assert.NotEmpty(status.Reason!);
        if (status.SeverityLevel == 6) Assert.Equal(_agent.Answered, await AnsweredAfterAnotherAsync());
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_fails_the_agent()
    {
        _agent.Instead = context => context.Response.WriteAsync("quote");
        await _verifier.AddAsync(_agent);
        Assert.Equal((9, "qoute_validation.invalid_data"), await FailureAsync());
    }

    [Theory]
    [InlineData(500, "internal.verifier.not_reachable")]
    [InlineData(408, "internal.verifier.not_reachable")]
    [InlineData(404, "internal.verifier.no_quote")]
    [InlineData(403, "internal.verifier.no_quote")]
    public async Task Statuses_are_retried_or_end_it(int status, string eventId)
    {
        _agent.Instead = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        await _verifier.AddAsync(_agent);
        Assert.Equal((7, eventId), await FailureAsync());
    }

    [Fact]
    public async Task An_agent_that_shows_another_certificate_is_not_spoken_to()
    {
        await using var impostor = await _verifier.StartAgentAsync("impostor");
        await _verifier.AddAsync(_agent, null, ("cloudagent_port", impostor.Port));
        Assert.Equal((7, "internal.verifier.not_reachable"), await FailureAsync());
        Assert.Empty(impostor.Requests);
    }

    [Fact]
    public async Task An_interrupted_agent_is_asked_for_its_key_again_and_goes_on()
    {
        await _verifier.AddAsync(_agent);
        await _verifier.WaitAttestedAsync("agent");
        var interruptions = 0;
        _agent.Instead = context =>
        {
            context.Response.StatusCode = 500;
            if (++interruptions == 2) _agent.Instead = null;
            return Task.CompletedTask;
        };
        var before = _agent.Requests.Count;
        await Eventually.True(() => _agent.Instead is null && _agent.Requests.Count > before + 1);
        Assert.Contains(_agent.Requests.Skip(before), request => request["partial"] == "0");
        Assert.Equal(3, (await _verifier.StatusAsync("agent")).OperationalState);
    }

    [Fact]
    public async Task An_agent_of_another_version_is_spoken_to_in_its_own()
    {
        _agent.Versions = ["2.1", "2.2"];
        await _verifier.AddAsync(_agent);
        await _verifier.WaitAttestedAsync("agent");
        Assert.Equal(["v2.2"], _agent.SpokenVersions);
    }

    [Fact]
    public async Task An_attested_agent_may_not_lower_its_version()
    {
        await _verifier.AddAsync(_agent);
        await _verifier.WaitAttestedAsync("agent");
        _agent.Versions = ["2.1", "2.2"];
        Assert.Equal((7, "internal.verifier.version_not_supported"), await FailureAsync());
    }

    [Fact]
    public async Task A_dead_and_a_slow_agent_delay_nobody()
    {
        await using var slow = await _verifier.StartAgentAsync("slow");
        var never = new TaskCompletionSource();
        slow.Instead = _ => never.Task;
        await _verifier.AddAsync(slow);
        for (var i = 0; i < 20; i++)
            Assert.Equal(System.Net.HttpStatusCode.OK, (await _verifier.SendAsync(HttpMethod.Post, $"/v2.6/agents/dead{i}", AddRequest.Blank())).Status);
        await _verifier.AddAsync(_agent);

        await _verifier.WaitAsync("agent", status => status.AttestationCount > 5);

        Assert.Equal(1, (await _verifier.StatusAsync("slow")).OperationalState);
        never.SetResult();
    }

    [Fact]
    public async Task A_stopped_agent_is_asked_no_more_until_it_is_reactivated()
    {
        await _verifier.AddAsync(_agent);
        await _verifier.WaitAttestedAsync("agent");
        await _verifier.SendAsync(HttpMethod.Put, "/v2.6/agents/agent/stop", null);
        var answered = await AnsweredAfterAnotherAsync();
        Assert.Equal(answered, await AnsweredAfterAnotherAsync());
        Assert.Equal(10, (await _verifier.StatusAsync("agent")).OperationalState);

        await _verifier.SendAsync(HttpMethod.Put, "/v2.6/agents/agent/reactivate", null);
        await _verifier.WaitAttestedAsync("agent");
    }

    [Fact]
    public async Task A_deleted_agent_is_asked_no_more()
    {
        await _verifier.AddAsync(_agent);
        await _verifier.WaitAttestedAsync("agent");
        await _verifier.SendAsync(HttpMethod.Delete, "/v2.6/agents/agent", null);
        var answered = await AnsweredAfterAnotherAsync();
        Assert.Equal(answered, await AnsweredAfterAnotherAsync());
    }

    [Fact]
    public async Task A_changed_policy_judges_the_whole_list()
    {
        Assert.Equal(System.Net.HttpStatusCode.Created, (await PutPolicyAsync(HttpMethod.Post, "/bin/a")).Status);
        _agent.Measure("/bin/a", "/bin/a");
        await _verifier.AddAsync(_agent, null, ("runtime_policy_name", "shared"), ("tpm_policy", """{"mask":"0x400"}"""));
        await _verifier.WaitAttestedAsync("agent");

        await PutPolicyAsync(HttpMethod.Put, "/bin/b");

        var status = await _verifier.WaitFailedAsync("agent");
        Assert.Equal("ima.validation.ima-ng.not_in_allowlist", status.LastEventId);
        await PutPolicyAsync(HttpMethod.Put, "/bin/a");
        await _verifier.WaitAttestedAsync("agent");
    }

    private Task<TestAnswer> PutPolicyAsync(HttpMethod method, string path) =>
        _verifier.SendAsync(method, "/v2.6/allowlists/shared", new { runtime_policy = AddRequest.Base64(TestAgent.PolicyFor(path)) });

    private async Task<(int?, string?)> FailureAsync()
    {
        var status = await _verifier.WaitFailedAsync("agent");
        return (status.OperationalState, status.LastEventId);
    }

    /// <summary>How often the agent has answered, once a second agent has been added after now and answered several times.</summary>
    private async Task<int> AnsweredAfterAnotherAsync()
    {
        await using var other = await _verifier.StartAgentAsync(Guid.NewGuid().ToString("N"));
        await _verifier.AddAsync(other);
        await _verifier.WaitAsync(other.Id, status => status.AttestationCount > 3);
        return _agent.Answered;
    }

    private static string Flip(string quote, int part)
    {
        var parts = quote[1..].Split(':');
        var bytes = Convert.FromBase64String(parts[part]);
        bytes[^(part == 2 ? 520 : 1)] ^= 1;
        parts[part] = Convert.ToBase64String(bytes);
        return "r" + string.Join(':', parts);
    }
}
