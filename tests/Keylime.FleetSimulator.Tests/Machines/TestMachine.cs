using System.Text;
using System.Text.Json;
using Keylime.Attestation;
using Keylime.Attestation.Policies;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Joining;
using Keylime.FleetSimulator.Machines;
using Keylime.FleetSimulator.Measurements;
using Keylime.FleetSimulator.Payload;
using Keylime.FleetSimulator.Quotes;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Testing;
using Keylime.Tpm.Credentials;

namespace Keylime.FleetSimulator.Tests.Machines;

/// <summary>A simulated machine on a clock that the test moves, and a verifier's judgement of it, made by the appraiser that verifiers use.</summary>
internal sealed class TestMachine
{
    private const int FirstEntries = 5;
    private const string Nonce = "ABCDEFGHIJKLMNOPQRST";

    private readonly AppraisalPolicy _policy;
    private readonly uint _mask;
    private AppraisalState _state = AppraisalState.Initial;
    private string? _payloadKey;
    private int _round;

    public TestMachine(KeyKind kind = KeyKind.Ecdsa, bool bootLog = false)
    {
        var (seed, id) = (new FleetSeed("test"), AgentId.Parse("agent-1"));
        var rsa = RsaKeys.For(3);
        Keys = kind == KeyKind.Ecdsa ? TpmKeys.Elliptic(seed, id) : TpmKeys.Rsa(rsa.PrivateOf(1), rsa.PrivateOf(2));
        var boot = bootLog ? BootState.WithLog() : BootState.WithoutLog;
        var image = new SoftwareImage(boot.Aggregate());
        var policies = FleetPolicies.Of(image, "fleet", bootLog);
        Machine = new(Keys, new PayloadKey(rsa, 0), new(image, boot, FirstEntries, EntriesPerSecond: 1), number => (int)number, Clock);
        Assert.True(AttestationKey.TryCreate(Keys.AttestationKey, out var key));
        Assert.True(RuntimePolicy.TryCompile(policies.Runtime, out var runtime, out var fault), $"{fault}");
        Assert.True(TpmPolicy.TryParse(policies.TpmPolicy, out var tpmPolicy, out _));
        Assert.True(MeasuredBootPolicy.TryParse(policies.MeasuredBoot ?? "{}", out var measuredBoot, out _));
        _mask = tpmPolicy.Mask;
        _policy = new()
        {
            AttestationKey = key,
            TpmPolicy = tpmPolicy,
            RuntimePolicy = runtime,
            MeasuredBootPolicy = bootLog ? measuredBoot : null,
            AcceptedAlgorithms = new(["sha256"], ["ecc", "rsa"], ["ecdsa", "rsassa"]),
        };
    }

    public ManualTimeProvider Clock { get; } = new();

    public TpmKeys Keys { get; }

    public SimulatedMachine Machine { get; }

    /// <summary>IMA entries that the verifier has seen.</summary>
    public long KnownEntries => _state.NextImaEntry;

    public AttestationResult Attest(Fault fault = Fault.None)
    {
        var nonce = $"{Nonce[..18]}{_round++ % 100:00}";
        var request = new QuoteParameters(nonce, _mask, WithKey: _payloadKey is null, _state.NextImaEntry);
        var json = QuoteAnswer.Write(Machine, request, Machine.Quote(request, fault), ApiVersion.Current).Written;
        var answer = JsonSerializer.Deserialize(json.Span, KeylimeJson.Default.EnvelopeQuoteResponse)!.Results;
        Assert.True(Evidence.TryRead(answer, out var evidence, out var failure), $"{failure}");
        var result = Appraiser.Appraise(evidence, _policy, _state, Encoding.ASCII.GetBytes(nonce), TimeProvider.System, _payloadKey);
        if (result.Verdict != Verdict.Rejected) (_state, _payloadKey) = (result.NextState, result.PayloadPublicKey);
        return result;
    }
}
