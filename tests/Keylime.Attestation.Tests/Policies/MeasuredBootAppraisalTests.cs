using System.Text;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Attestation.Tests.MeasuredBoot;
using Keylime.Testing;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Policies;

public sealed class MeasuredBootAppraisalTests : IDisposable
{
    private const string Nonce = "AAAABBBBCCCCDDDDEEEE";
    private const string SomePolicy = """{"any":1}""";

    private readonly TestAgent _agent = new();

    public void Dispose() => _agent.Dispose();

    [Theory]
    [InlineData(MeasuredBootEngine.AcceptAll, null)]
    [InlineData(MeasuredBootEngine.RejectAll, "measured_boot.policy_reject-all")]
    public void Asks_the_engine_of_the_policy(MeasuredBootEngine engine, string? eventId)
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.EfiAction, [1]));

        var result = Appraise(log, PolicyOf(SomePolicy, engine));

        Assert.Equal(eventId is null ? [] : [eventId], result.Failures.Select(failure => failure.EventId));
    }

    [Fact]
    public void Names_the_pcr_that_the_log_does_not_explain()
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.EfiAction, [1]));
        var replayed = Convert.ToHexStringLower(_agent.Pcrs[4]);
        _agent.Pcrs[4] = [.. Enumerable.Repeat((byte)9, 32)];

        var failure = Assert.Single(Appraise(log, PolicyOf(SomePolicy)).Failures);

        Assert.Equal(("measured_boot.invalid_pcr_4", 4, replayed), (failure.EventId, failure.Pcr, failure.Expected));
        Assert.Equal(Convert.ToHexStringLower(_agent.Pcrs[4]), failure.Seen);
    }

    [Fact]
    public void Rejects_quoted_pcrs_of_a_boot_without_a_log()
    {
        _agent.Pcrs[0] = new byte[32];
        Assert.Equal(["pcr_validation.unused_pcr_0", "measured_boot.policy_accept-all"], Appraise(null, PolicyOf(SomePolicy)).Failures.Select(failure => failure.EventId));
    }

    [Fact]
    public void Asks_no_engine_when_its_pcrs_are_not_quoted()
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.EfiAction, [1]));
        _agent.Pcrs.Remove(7);

        Assert.Equal("measured_boot.missing_pcrs", Assert.Single(Appraise(log, PolicyOf(EmptyReference, MeasuredBootEngine.Example)).Failures).EventId);
    }

    [Fact]
    public void Tells_which_event_the_engine_refused_and_why()
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.Separator, [0, 0, 0, 1]));

        var failure = Assert.Single(Appraise(log, PolicyOf(EmptyReference, MeasuredBootEngine.Example)).Failures);

        Assert.Equal(("measured_boot.policy_example", 1L, 4, "EV_SEPARATOR", "00000000 or FFFFFFFF", "00000001"),
            (failure.EventId, failure.Entry, failure.Pcr, failure.EventType, failure.Expected, failure.Seen));
    }

    [Fact]
    public void Rejects_a_log_that_cannot_be_read_and_says_where()
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.EfiAction, [1]));

        var failure = Assert.Single(Appraise(log[..^1], PolicyOf(SomePolicy)).Failures);

        Assert.Equal(("measured_boot.parser.tpm2_eventlog.error", 1L, "mb_measurement_list"), (failure.EventId, failure.Entry, failure.Member));
    }

    [Fact]
    public void Rejects_a_log_without_the_bank_of_the_quote()
    {
        Boot(new BootLogBuilder());
        var sha1Only = Convert.FromHexString("04000000" + "0D000000" + "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709" + "02000000" + "4142");
        Assert.Contains("measured_boot.parser.invalid_pcrs_hashes", Appraise(sha1Only, PolicyOf(SomePolicy)).Failures.Select(failure => failure.EventId));
    }

    [Fact]
    public void An_empty_policy_accepts_any_log_and_any_pcr()
    {
        _agent.Pcrs[4] = [.. Enumerable.Repeat((byte)9, 32)];
        Assert.Equal(Verdict.Trusted, Appraise(new BootLogBuilder().ToArray(), PolicyOf("{}", MeasuredBootEngine.RejectAll)).Verdict);
    }

    [Fact]
    public void Once_means_once_a_boot_and_once_a_policy()
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.EfiAction, [1]));
        var first = Appraise(log, PolicyOf(SomePolicy));
        Assert.Equal(Verdict.Trusted, first.Verdict);
        Assert.True(AppraisalState.TryParse(first.NextState.Write(), out var stored));
        Assert.Equal(first.NextState, stored);
        var rejecting = PolicyOf(SomePolicy, MeasuredBootEngine.RejectAll);
        // Stands for a boot that the engine accepted and would not accept now.
        var accepted = stored with { AcceptedBoot = rejecting.Fingerprint };

        Advance();
        Assert.Equal(Verdict.Trusted, Appraise(log, rejecting, accepted).Verdict);
        Assert.Equal(Verdict.Rejected, Appraise(log, rejecting, accepted, MeasuredBootEvaluation.Always).Verdict);
        Assert.Equal(Verdict.Rejected, Appraise(log, PolicyOf("""{"other":1}""", MeasuredBootEngine.RejectAll), accepted).Verdict);
        _agent.Clock = new(10, 2, 0, Safe: true);
        Assert.Equal(Verdict.Rejected, Appraise(log, rejecting, accepted).Verdict);
    }

    [Fact]
    public void Takes_the_boot_aggregate_of_a_log_that_explains_the_quote()
    {
        var log = Boot(new BootLogBuilder().Add(4, BootEventType.EfiAction, [1]));
        Assert.True(BootLog.TryParse(log, out var parsed, out _));
        var aggregate = BootLogReplay.BootAggregates(BootLogReplay.Replay(parsed, TpmAlgorithm.Sha256), TpmAlgorithm.Sha256)[1];
        _agent.Measure("boot_aggregate", Convert.ToHexStringLower(aggregate));
        var policy = _agent.Policy("""{"mask":"0x400"}""", EmptyRuntimePolicy) with { MeasuredBootPolicy = PolicyOf(SomePolicy) };

        Assert.Equal(Verdict.Trusted, Appraise(log, policy).Verdict);

        // Sent unasked, a log proves only that the machine booted what it booted.
        Assert.Equal("ima.validation.ima-ng.not_in_allowlist", Assert.Single(Appraise(log, policy with { MeasuredBootPolicy = null }).Failures).EventId);
        // A log of another boot explains another boot's aggregate.
        _agent.Pcrs[4] = new byte[32];
        Assert.Contains("ima.validation.ima-ng.not_in_allowlist",
            Appraise(log, policy with { MeasuredBootPolicy = PolicyOf("{}") }).Failures.Select(failure => failure.EventId));
    }

    [VectorFact]
    public void Judges_a_real_machine_by_its_own_reference_state_and_by_anothers()
    {
        const string Log = "fetched/eventlog/keylime+keylime/test__data__create-mb-policy__binary_bios_measurements-secureboot";
        var log = Vectors.Read(Log);
        TakePcrsOf(log);
        string Reference(string name) => Vectors.ReadText($"mb-policy/refstates/{name}.json");

        Assert.Empty(Appraise(log, PolicyOf(Reference("keylime+keylime__test__data__create-mb-policy__binary_bios_measurements-secureboot"), MeasuredBootEngine.Example)).Failures);
        Assert.Equal("measured_boot.policy_example",
            Assert.Single(Appraise(log, PolicyOf(Reference("test__data__create-mb-policy__binary_bios_measurements-secureboot--scrtm"), MeasuredBootEngine.Example)).Failures).EventId);
    }

    [Theory]
    [InlineData("[]", "$")]
    [InlineData("{", "$")]
    [InlineData("""{"scrtm_and_bios":[]}""", "$.kernels")]
    public void Refuses_what_is_no_reference_state_and_says_where(string text, string path)
    {
        Assert.False(MeasuredBootPolicy.TryParse(text, MeasuredBootEngine.Example, out _, out var fault));
        Assert.Equal(path, fault.Path);
    }

    private const string EmptyReference =
        """{"has_secureboot":true,"scrtm_and_bios":[],"kernels":[],"pk":[],"kek":[],"db":[],"dbx":[],"mokdig":[],"mokxdig":[]}""";

    private static RuntimePolicy EmptyRuntimePolicy
    {
        get
        {
            const string Text = """
                {"meta":{"version":1,"generator":0},"release":0,"digests":{},"excludes":[],"keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},
                 "ima-buf":{},"verification-keys":""}
                """;
            Assert.True(RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(Text), out var policy, out var fault), fault?.ToString());
            return policy;
        }
    }

    private static MeasuredBootPolicy PolicyOf(string text, MeasuredBootEngine engine = MeasuredBootEngine.AcceptAll)
    {
        Assert.True(MeasuredBootPolicy.TryParse(text, engine, out var policy, out var fault), fault?.ToString());
        return policy;
    }

    /// <summary>Boots: the machine's PCRs of a boot are what the log leads to.</summary>
    private byte[] Boot(BootLogBuilder builder)
    {
        var log = builder.ToArray();
        TakePcrsOf(log);
        return log;
    }

    private void TakePcrsOf(byte[] log)
    {
        Assert.True(BootLog.TryParse(log, out var parsed, out var error), error.ToString());
        var replayed = BootLogReplay.Replay(parsed, TpmAlgorithm.Sha256);
        foreach (var pcr in Enumerable.Range(0, 15).Where(pcr => pcr != 10)) _agent.Pcrs[pcr] = replayed.GetValueOrDefault(pcr, new byte[32]);
    }

    private void Advance() => _agent.Clock = _agent.Clock with { ClockMilliseconds = _agent.Clock.ClockMilliseconds + 1000 };

    private AttestationResult Appraise(
        byte[]? log, MeasuredBootPolicy policy, AppraisalState? previous = null, MeasuredBootEvaluation evaluation = MeasuredBootEvaluation.Once) =>
        Appraise(log, _agent.Policy() with { MeasuredBootPolicy = policy, MeasuredBootEvaluation = evaluation }, previous);

    private AttestationResult Appraise(byte[]? log, AppraisalPolicy policy, AppraisalState? previous = null) => Appraiser.Appraise(
        _agent.Attest(Nonce, answer => answer with { MbMeasurementList = log is null ? null : Convert.ToBase64String(log) }),
        policy, previous ?? AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), TimeProvider.System);
}
