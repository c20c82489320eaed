using System.Text;
using Keylime.Attestation.Policies;
using Keylime.Protocol.V2;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests;

public sealed class AppraiserTests : IDisposable
{
    private const string Nonce = "AAAABBBBCCCCDDDDEEEE";
    private static readonly string Good = new('a', 64);
    private static readonly string Bad = new('b', 64);

    private readonly TestAgent _agent = new();

    public void Dispose() => _agent.Dispose();

    [Fact]
    public void Trusts_evidence_that_passes_every_check()
    {
        _agent.Measure("/usr/bin/true", Good);

        var result = Appraise(_agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good)));

        Assert.Empty(result.Failures);
        Assert.Equal(Verdict.Trusted, result.Verdict);
        Assert.Equal(TestAgent.PayloadKey, result.PayloadPublicKey);
        Assert.Equal(1, result.NextState.NextImaEntry);
        Assert.Equal(_agent.Pcrs[10], result.PcrValues[10].ToArray());
    }

    [Fact]
    public void Names_the_file_that_was_changed_and_starts_the_list_over()
    {
        var policy = _agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good));
        _agent.Measure("/usr/bin/true", Good);
        var before = Appraise(policy).NextState;
        _agent.Measure("/usr/bin/true", Bad);
        Advance();

        var result = Appraise(policy, before, answer => answer with { ImaMeasurementList = _agent.ImaLog!.Split('\n')[1], ImaMeasurementListEntry = 1 });

        Assert.Equal(Verdict.Rejected, result.Verdict);
        var failure = Assert.Single(result.Failures);
        Assert.Equal(("ima.validation.ima-ng.runtime_policy_hash", "/usr/bin/true", Bad, Good, 1L, true),
            (failure.EventId, failure.Path, failure.Seen, failure.Expected, failure.Entry, failure.Recoverable));
        Assert.Equal(0, result.NextState.NextImaEntry);
    }

    [Fact]
    public void Rejects_a_quote_for_another_nonce()
    {
        var result = Appraiser.Appraise(_agent.Attest("another"), _agent.Policy(), AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), TimeProvider.System);

        AssertRejected(result, "qoute_validation.quote_validation");
        Assert.False(result.Failures[0].Recoverable);
        Assert.Null(result.Quote);
    }

    [Theory]
    [InlineData("sha1", "ecc", "ecdsa", "qoute_validation.invalid_hash_alg")]
    [InlineData("sm3_256", "ecc", "ecdsa", "qoute_validation.invalid_hash_alg")]
    [InlineData("sha256", "rsa", "ecdsa", "qoute_validation.invalid_enc_alg")]
    [InlineData("sha256", "ecc", "rsassa", "qoute_validation.invalid_sign_alg")]
    public void Rejects_an_algorithm_that_is_not_accepted(string hash, string encryption, string signing, string eventId) =>
        AssertRejected(Appraise(_agent.Policy(), change: answer => answer with { HashAlg = hash, EncAlg = encryption, SignAlg = signing }), eventId);

    [Theory]
    [InlineData("rsa2048", "ecdsa", "qoute_validation.invalid_enc_alg")]
    [InlineData("ecc384", "ecdsa", "qoute_validation.invalid_enc_alg")]
    [InlineData("ecc256", "rsassa", "qoute_validation.invalid_sign_alg")]
    [InlineData("ecc", "rsapss", "qoute_validation.invalid_sign_alg")]
    public void Judges_the_quotes_own_algorithms_whatever_the_agent_reports(string key, string scheme, string eventId)
    {
        var policy = _agent.Policy() with { AcceptedAlgorithms = new(["sha256"], [key], [scheme]) };
        AssertRejected(Appraise(policy, change: answer => answer with { EncAlg = key, SignAlg = scheme }), eventId);
    }

    [Theory]
    [InlineData("sha256", "sha256,sha1", null)]
    [InlineData("sha1", "sha256,sha1", null)]
    [InlineData("sha256", "sha256", "qoute_validation.invalid_hash_alg")]
    [InlineData("sha1", "sha1", "qoute_validation.invalid_hash_alg")]
    [InlineData("sha384", "sha256,sha1,sha384", "qoute_validation.quote_validation")]
    public void Takes_a_bank_other_than_that_of_the_signing_hash_when_both_are_accepted(string reported, string accepted, string? eventId)
    {
        using var agent = new TestAgent(TpmAlgorithm.Sha1);
        var policy = agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good)) with { AcceptedAlgorithms = new(accepted.Split(','), ["ecc"], ["ecdsa"]) };
        agent.Measure("/usr/bin/true", Good);

        var result = Appraiser.Appraise(agent.Attest(Nonce, answer => answer with { HashAlg = reported }), policy, AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), TimeProvider.System);

        Assert.Equal(eventId, result.Failures.SingleOrDefault()?.EventId);
        Assert.Equal(eventId is null ? Verdict.Trusted : Verdict.Rejected, result.Verdict);
        if (eventId is null) Assert.Equal(agent.Pcrs[10], result.PcrValues[10].ToArray());
    }

    [Fact]
    public void Rejects_a_payload_key_that_the_quote_does_not_bind()
    {
        var result = Appraise(_agent.Policy(), change: answer => answer with { Pubkey = "another" });

        AssertRejected(result, "pcr_validation.invalid_pcr_16");
        Assert.Null(result.PayloadPublicKey);
    }

    [Fact]
    public void Rejects_a_quote_that_leaves_out_pcr_16()
    {
        _agent.Pcrs.Remove(16);
        AssertRejected(Appraise(_agent.Policy()), "pcr_validation.missing_pcr_16");
    }

    [Fact]
    public void Holds_an_answer_without_a_payload_key_against_the_known_one()
    {
        var evidence = _agent.Attest(Nonce, answer => answer with { Pubkey = null });

        Assert.Equal(Verdict.Trusted, Appraiser.Appraise(evidence, _agent.Policy(), AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), TimeProvider.System, TestAgent.PayloadKey).Verdict);
        AssertRejected(Appraiser.Appraise(evidence, _agent.Policy(), AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), TimeProvider.System), "qoute_validation.no_pubkey");
    }

    [Fact]
    public void Rejects_a_quote_that_spares_itself_the_ima_list()
    {
        _agent.Pcrs.Remove(10);
        AssertRejected(Appraise(_agent.Policy("""{"mask":"0x400"}""")), "pcr_validation.missing_pcrs");
    }

    [Fact]
    public void Rejects_pcr_10_without_a_list() =>
        AssertRejected(Appraise(_agent.Policy(), change: answer => answer with { ImaMeasurementList = null }), "pcr_validation.unused_pcr_10");

    [Fact]
    public void Rejects_a_pinned_pcr_with_another_value()
    {
        _agent.Pcrs[7] = new byte[32];
        var policy = _agent.Policy($$"""{"7":["{{Good}}"],"mask":"0x80"}""");

        var result = Appraise(policy);

        AssertRejected(result, "pcr_validation.invalid_pcr_7");
        Assert.Equal((Good, new string('0', 64)), (result.Failures[0].Expected, result.Failures[0].Seen));
        _agent.Pcrs[7] = Convert.FromHexString(Good);
        Assert.Equal(Verdict.Trusted, Appraise(policy).Verdict);
    }

    [Fact]
    public void Rejects_a_list_that_begins_elsewhere_than_asked_for() =>
        AssertRejected(Appraise(_agent.Policy(), change: answer => answer with { ImaMeasurementListEntry = 3 }), "qoute_validation.invalid_ima_entry_nb");

    [Theory]
    [InlineData(2000, 1, 0, true, true)]
    [InlineData(1000, 1, 0, true, false)]
    [InlineData(2000, 0, 0, true, false)]
    [InlineData(2000, 1, 0, false, false)]
    [InlineData(10, 2, 0, true, true)]
    [InlineData(10, 2, 0, false, true)]
    public void Tells_a_reboot_from_an_attack(ulong clock, uint resets, uint restarts, bool safe, bool isTrusted)
    {
        var before = Appraise(_agent.Policy()).NextState;
        _agent.Clock = new(clock, resets, restarts, safe);

        Assert.Equal(isTrusted ? Verdict.Trusted : Verdict.Rejected, Appraise(_agent.Policy(), before).Verdict);
    }

    [Fact]
    public void Takes_a_machine_that_was_enrolled_after_a_power_cut()
    {
        _agent.Clock = new(1000, 1, 0, Safe: false);
        var first = Appraise(_agent.Policy());
        Assert.Equal(Verdict.Trusted, first.Verdict);

        // The clock passes its last saved value some minutes later. From then on it cannot become unsafe again without a reset.
        Advance();
        var second = Appraise(_agent.Policy(), first.NextState);
        Assert.Equal(Verdict.Trusted, second.Verdict);
        _agent.Clock = new(3000, 1, 0, Safe: true);
        var safe = Appraise(_agent.Policy(), second.NextState);
        Assert.Equal(Verdict.Trusted, safe.Verdict);
        _agent.Clock = new(4000, 1, 0, Safe: false);
        AssertRejected(Appraise(_agent.Policy(), safe.NextState), "qoute_validation.quote_validation");
    }

    [Fact]
    public void Rejects_a_restart_count_that_fell()
    {
        _agent.Clock = new(1000, 1, 5, Safe: true);
        var before = Appraise(_agent.Policy()).NextState;
        _agent.Clock = new(2000, 1, 4, Safe: true);
        AssertRejected(Appraise(_agent.Policy(), before), "qoute_validation.quote_validation");
    }

    [Fact]
    public void Asks_for_the_whole_list_again_after_a_reboot()
    {
        var policy = _agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good));
        _agent.Measure("/usr/bin/true", Good);
        var before = Appraise(policy).NextState;
        Assert.Equal(1, before.NextImaEntry);

        // The new boot's list is already longer than what is asked for, so the agent sends its tail.
        _agent.Clock = new(10, 2, 0, Safe: true);
        var again = Appraise(policy, before, answer => answer with { ImaMeasurementList = "", ImaMeasurementListEntry = 1 });
        Assert.Equal((Verdict.AskAgain, 0L), (again.Verdict, again.NextState.NextImaEntry));
        Assert.Empty(again.Failures);

        Advance();
        Assert.Equal(Verdict.Trusted, Appraise(policy, again.NextState).Verdict);
    }

    [Fact]
    public void Will_not_be_put_off_by_another_boot_again_and_again()
    {
        var policy = _agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good));
        _agent.Measure("/usr/bin/true", Good);
        var state = Appraise(policy).NextState;
        Advance();
        var first = Appraise(policy, state, answer => answer with { ImaMeasurementList = null, ImaMeasurementListEntry = 1, Boottime = 100 });
        Assert.Equal(Verdict.AskAgain, first.Verdict);

        // The beginning was asked for: no list, some entry and yet another boot time are no reason to ask once more.
        Advance();
        AssertRejected(Appraise(policy, first.NextState, answer => answer with { ImaMeasurementList = null, ImaMeasurementListEntry = 1, Boottime = 101 }),
            "qoute_validation.invalid_ima_entry_nb");
    }

    [Theory]
    [InlineData(1, 2, "ima.quote_progress")]
    [InlineData(1, 3, null)]
    [InlineData(2, 2, null)] // another boot's list
    public void Demands_progress_also_of_a_list_that_starts_over_unasked(uint resets, int quotedEntries, string? eventId)
    {
        var policy = _agent.Policy("{}", PolicyOf("/usr/bin/true", Good));
        var pcrs = new List<byte[]> { _agent.Pcrs[10] };
        for (var i = 0; i < 4; i++)
        {
            _agent.Measure("/usr/bin/true", Good);
            pcrs.Add(_agent.Pcrs[10]);
        }
        var list = _agent.ImaLog!;
        // The first quote stands at the first entry; two more were sent with it.
        (_agent.ImaLog, _agent.Pcrs[10]) = (string.Concat(list.Split('\n')[..3].Select(line => line + "\n")), pcrs[1]);
        var before = Appraise(policy).NextState;
        Assert.Equal((1L, 2), (before.Ima!.NextEntry, before.Ima.Lag));

        _agent.Clock = new(2000, resets, 0, Safe: true);
        (_agent.ImaLog, _agent.Pcrs[10]) = (list, pcrs[quotedEntries]);

        Assert.Equal(eventId, Appraise(policy, before).Failures.SingleOrDefault()?.EventId);
    }

    [Fact]
    public void Asks_for_the_whole_list_again_when_the_agent_changes_its_bank()
    {
        var policy = _agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good));
        _agent.Measure("/usr/bin/true", Good);
        var state = Appraise(policy).NextState;
        state = state with { Ima = state.Ima! with { PcrValue = new byte[64] } }; // as a quote of the SHA-512 bank would have left it

        Advance();
        var again = Appraise(policy, state, answer => answer with { ImaMeasurementList = "", ImaMeasurementListEntry = 1 });
        Assert.Equal((Verdict.AskAgain, 0L), (again.Verdict, again.NextState.NextImaEntry));
        Advance();
        Assert.Equal(Verdict.Trusted, Appraise(policy, again.NextState).Verdict);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Rejects_a_machine_that_measures_nothing_when_a_policy_calls_for_it(int generator)
    {
        var policy = _agent.Policy("""{"mask":"0x400"}""", PolicyOf("/usr/bin/true", Good, generator));
        AssertRejected(Appraise(policy), "ima.pcr_mismatch");
        _agent.Measure("/usr/bin/true", Good);
        Advance();
        Assert.Equal(Verdict.Trusted, Appraise(policy).Verdict);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)] // the policy of agents that were given none
    [InlineData(2, true)]
    public void Takes_an_empty_policy_for_one_only_when_a_generator_made_it(int generator, bool isSet)
    {
        var policy = _agent.Policy("{}", RuntimePolicyOf(generator));
        Assert.Equal(isSet ? Verdict.Rejected : Verdict.Trusted, Appraise(policy).Verdict);
        _agent.Pcrs.Remove(10);
        Assert.Equal(isSet ? Verdict.Rejected : Verdict.Trusted, Appraise(policy).Verdict);
    }

    [Theory]
    [InlineData("\"digests\":{}", "\"digests\":{\"/f\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}")]
    [InlineData("\"keyrings\":{}", "\"keyrings\":{\".ima\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}")]
    [InlineData("\"ima-buf\":{}", "\"ima-buf\":{\"b\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}")]
    [InlineData("\"dm_policy\":null", "\"dm_policy\":{\"version\":1,\"match_on\":\"name\",\"rules\":{}}")]
    public void Takes_a_policy_for_one_that_was_written_by_hand(string nothing, string rule) =>
        AssertRejected(Appraise(_agent.Policy("{}", RuntimePolicyOf(generator: 0, nothing, rule))), "ima.pcr_mismatch");

    [Fact]
    public void Asks_for_pcr_10_and_demands_it_whatever_the_mask_says_when_there_are_rules_for_files()
    {
        var policy = _agent.Policy("""{"mask":"0x0000"}""", PolicyOf("/usr/bin/true", Good));
        Assert.Equal((0x400u, "0x400"), (policy.QuotedPcrs, policy.MaskText));
        _agent.Pcrs.Remove(10);
        AssertRejected(Appraise(policy), "pcr_validation.missing_pcrs");
    }

    [Fact]
    public void Asks_with_the_mask_as_it_was_written_when_it_says_all()
    {
        Assert.Equal("0x0000", _agent.Policy("""{"mask":"0x0000"}""", RuntimePolicyOf(generator: 1)).MaskText);
        Assert.Equal("0x0400", _agent.Policy("""{"mask":"0x0400"}""", PolicyOf("/usr/bin/true", Good)).MaskText);
    }

    [Fact]
    public void Carries_its_state_through_storage()
    {
        _agent.Measure("/usr/bin/true", Good);
        var state = Appraise(_agent.Policy()).NextState;

        var bytes = state.Write();

        Assert.InRange(bytes.Length, 1, AppraisalStateFormat.MaxFixedBytes);
        Assert.True(AppraisalState.TryParse(bytes, out var read));
        Assert.Equal(state, read);
        for (var length = 1; length < bytes.Length; length++) Assert.False(AppraisalState.TryParse(bytes.AsSpan(0, length), out _));
        Assert.False(AppraisalState.TryParse([.. bytes, 0], out _));
        Assert.True(AppraisalState.TryParse([], out read));
        Assert.Equal(AppraisalState.Initial, read);
    }

    [Fact]
    public void Will_not_appraise_without_a_nonce() =>
        Assert.Throws<ArgumentException>(() => Appraiser.Appraise(_agent.Attest(""), _agent.Policy(), AppraisalState.Initial, [], TimeProvider.System));

    [Theory]
    [InlineData(null, "quote")]
    [InlineData("", "quote")]
    [InlineData("d====", "quote")]
    [InlineData("rAAAA:AAAA", "quote")]
    [InlineData("rAAAA:AAAA:AAAA:AAAA", "quote")]
    [InlineData("rAA A:AAAA:AAAA", "quote")]
    [InlineData("rAAA:AAAA:AAAA", "quote")]
    public void Rejects_an_answer_that_is_not_evidence_and_names_the_member(string? quote, string member)
    {
        Assert.False(Evidence.TryRead(_agent.Answer(Nonce) with { Quote = quote }, out _, out var failure));
        Assert.Equal(("qoute_validation.invalid_data", member, false), (failure.EventId, failure.Member, failure.Recoverable));
    }

    [Fact]
    public void Rejects_answers_that_lack_a_member()
    {
        var answer = _agent.Answer(Nonce);
        foreach (var (lacking, member) in new[]
        {
            (answer with { HashAlg = null }, "hash_alg"), (answer with { EncAlg = null }, "enc_alg"), (answer with { SignAlg = null }, "sign_alg"),
            (answer with { ImaMeasurementListEntry = -1 }, "ima_measurement_list_entry"), (answer with { MbMeasurementList = "!" }, "mb_measurement_list"),
        })
        {
            Assert.False(Evidence.TryRead(lacking, out _, out var failure));
            Assert.Equal(member, failure.Member);
        }
    }

    private void Advance() => _agent.Clock = _agent.Clock with { ClockMilliseconds = _agent.Clock.ClockMilliseconds + 1000 };

    private AttestationResult Appraise(AppraisalPolicy policy, AppraisalState? previous = null, Func<QuoteResponse, QuoteResponse>? change = null) =>
        Appraiser.Appraise(_agent.Attest(Nonce, change), policy, previous ?? AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), TimeProvider.System);

    private static void AssertRejected(AttestationResult result, string eventId)
    {
        Assert.Equal(Verdict.Rejected, result.Verdict);
        Assert.Equal(eventId, Assert.Single(result.Failures).EventId);
    }

    private static RuntimePolicy PolicyOf(string path, string digest, int generator = 0) =>
        RuntimePolicyOf(generator, "\"digests\":{}", $$"""
            "digests":{"{{path}}":["{{digest}}"]}
            """);

    /// <summary>A policy without rules, in which one text is replaced.</summary>
    private static RuntimePolicy RuntimePolicyOf(int generator, string replaced = " ", string by = " ")
    {
        var text = $$"""
            {"meta":{"version":1,"generator":{{generator}}},"release":0,"digests":{},"excludes":[],"keyrings":{},
             "ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}
            """;
        text = text.Replace(replaced, by, StringComparison.Ordinal);
        Assert.True(RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(text), out var policy, out var fault), fault?.ToString());
        return policy;
    }
}
