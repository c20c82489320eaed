using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Commands;

public sealed class ExchangeTests
{
    private const uint Ek = 0x80000000;
    private const uint Ak = 0x80000001;
    private const uint Session = 0x03000000;
    private const uint Certificate = 0x01C00002;
    private static readonly Authorization Empty = Authorization.Password();
    private static readonly PublicArea AkTemplate = AttestationKeyTemplate.Ecc(TpmEccCurve.NistP256, TpmAlgorithm.Sha256);
    private static readonly Dictionary<string, Exchange> Exchanges = Build();

    public static TheoryData<string> Names => new(Exchange.Names);

    [Theory]
    [MemberData(nameof(Names))]
    public void Writes_what_a_tpm_understood(string name) =>
        Assert.Equal(Exchanges[name].Command, Convert.ToHexString(Exchanges[name].Written));

    [Theory]
    [MemberData(nameof(Names))]
    public void Rejects_every_truncation(string name)
    {
        HostileBytes.AssertEveryTruncationIsRejected(Exchanges[name].Response, Exchanges[name].Parse);
        HostileBytes.AssertEveryTruncationIsRejected(Exchanges[name].Response, Exchanges[name].ParseWithTrueSize);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Judges_every_flip(string name) => HostileBytes.AssertEveryFlipIsJudged(Exchanges[name].Response, Exchanges[name].Parse);

    [Theory]
    [MemberData(nameof(Names))]
    public void Rejects_trailing_bytes(string name) =>
        Assert.False(Exchanges[name].ParseWithTrueSize(Convert.FromHexString(Exchanges[name].Response + "00"), out _, out _));

    [Fact]
    public void Reads_created_keys_and_their_names()
    {
        var primary = Read("CreatePrimary", new CreatePrimaryCommand(TpmHandle.Endorsement, Empty, EndorsementKeyTemplate.EccP256.Area));
        Assert.Equal(Ek, primary.Handle);
        Assert.Equal(primary.Public.ComputeName(), primary.Name.ToArray());
        var read = Read("ReadPublic", new ReadPublicCommand(Ak));
        Assert.Equal(Created().Public.ToBytes(), read.Public.ToBytes());
        Assert.Equal(read.Public.ComputeName(), read.Name.ToArray());
        Assert.Equal(34, read.QualifiedName.Length);
    }

    [Fact]
    public void Reads_a_quote_that_verifies()
    {
        var quote = Read("Quote", Quote);
        Assert.True(AttestationKey.TryCreate(Created().Public, out var key));
        using var owned = key;
        Assert.True(key.Verify(quote.Signature, quote.Attest.Span));
        var certification = Read("Certify", Certify);
        Assert.True(key.Verify(certification.Signature, certification.Attest.Span));
        Assert.True(Attest.TryParse(certification.Attest.Span, out var attest, out _));
        Assert.Equal(Created().Public.ComputeName(), attest.Certify!.Name.ToArray());
    }

    [Fact]
    public void Reads_pcr_values_of_two_banks()
    {
        var read = Read("PcrRead", PcrRead);
        Assert.Equal(
            [(TpmAlgorithm.Sha1, 16, 20), (TpmAlgorithm.Sha256, 10, 32), (TpmAlgorithm.Sha256, 16, 32)],
            read.Values.Select(value => (value.Bank, value.Pcr, value.Value.Length)));
    }

    [Fact]
    public void Reads_capabilities()
    {
        var banks = Read("GetCapability.Pcrs", new GetCapabilityCommand(TpmCapability.Pcrs, 0, 1)).Pcrs;
        Assert.Equal([TpmAlgorithm.Sha1, TpmAlgorithm.Sha256], banks.Where(bank => bank.Mask == 0xFFFFFF).Select(bank => bank.Bank));
        var family = Read("GetCapability.Properties", new GetCapabilityCommand(TpmCapability.Properties, 0x100, 3)).Values[0];
        Assert.Equal((0x100u, 0x322E3000u), (family.Key, family.Value)); // "2.0"
        var handles = Read("GetCapability.Handles", new GetCapabilityCommand(TpmCapability.Handles, Ek, 64)).Values;
        Assert.Equal([Ek, Ak], handles.Select(handle => handle.Key));
        var curves = Read("GetCapability.EccCurves", new GetCapabilityCommand(TpmCapability.EccCurves, 3, 2)).Values;
        Assert.Equal([(uint)TpmEccCurve.NistP256, (uint)TpmEccCurve.NistP384], curves.Select(curve => curve.Key));
        var algorithms = Read("GetCapability.Algorithms", new GetCapabilityCommand(TpmCapability.Algorithms, 1, 3)).Values;
        Assert.Equal((uint)TpmAlgorithm.Rsa, algorithms[0].Key);
    }

    [Fact]
    public void Reads_nv_indices_and_secrets()
    {
        var area = Read("NvReadPublic", new NvReadPublicCommand(Certificate));
        Assert.Equal((Certificate, true, true), (area.Index, area.IsWritten, area.AllowsAuthRead));
        Assert.InRange(area.DataBytes, 900, 1200);
        Assert.Equal("3082", Convert.ToHexString(Read("NvRead", new NvReadCommand(Certificate, Empty, Certificate, 0, 16)).Data.Span[..2]));
        Assert.Equal("01020304", Convert.ToHexString(Read("ActivateCredential", Activate()).Secret.Span));
    }

    [Fact]
    public void Reads_the_code_of_a_failure_and_refuses_it_as_a_result()
    {
        var failure = Convert.FromHexString("8001" + "0000000A" + "000001DF");
        Assert.True(ResponseFrame.TryReadCode(failure, out var code, out _));
        Assert.Equal("TPM_RC_INTEGRITY (parameter 1)", code.ToString());
        Assert.False(PcrRead.TryParseResponse(failure, out _, out var error));
        Assert.Equal(new ParseError(ParseFault.BadValue, 10), error);
        Assert.False(ResponseFrame.TryReadCode(failure.AsSpan(0, 9), out _, out error));
        Assert.Equal(new ParseError(ParseFault.BadSize, 6), error);
    }

    [Fact]
    public void Refuses_to_extend_with_a_digest_of_another_bank()
    {
        var digests = new Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> { [TpmAlgorithm.Sha256] = new byte[20] };
        Assert.Throws<InvalidOperationException>(() => new PcrExtendCommand(16, Empty, digests).ToBytes());
    }

    private static QuoteCommand Quote => new(Ak, Empty, new byte[] { 1, 2, 3 }, KeyScheme.Null, [new(TpmAlgorithm.Sha256, 1u << 16)]);

    private static CertifyCommand Certify => new(Ak, Empty, Ak, Empty, new byte[] { 9 }, KeyScheme.Null);

    private static PcrReadCommand PcrRead =>
        new([new(TpmAlgorithm.Sha1, 1u << 16), new(TpmAlgorithm.Sha256, 1u << 10 | 1u << 16)]);

    private static CreateCommand Create => new(Ek, Authorization.Policy(Session), AkTemplate);

    private static Dictionary<string, Exchange> Build()
    {
        var created = Created();
        var extend = new Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> { [TpmAlgorithm.Sha256] = new byte[32] };
        var nonce = Convert.FromHexString(Exchange.CommandOf("StartAuthSession")).AsMemory(20, 16);
        Exchange[] all =
        [
            Exchange.Of("GetCapability.Pcrs", new GetCapabilityCommand(TpmCapability.Pcrs, 0, 1)),
            Exchange.Of("GetCapability.Properties", new GetCapabilityCommand(TpmCapability.Properties, 0x100, 3)),
            Exchange.Of("GetCapability.Algorithms", new GetCapabilityCommand(TpmCapability.Algorithms, 1, 3)),
            Exchange.Of("GetCapability.EccCurves", new GetCapabilityCommand(TpmCapability.EccCurves, 3, 2)),
            Exchange.Of("GetCapability.Handles", new GetCapabilityCommand(TpmCapability.Handles, Ek, 64)),
            Exchange.Of("CreatePrimary", new CreatePrimaryCommand(TpmHandle.Endorsement, Empty, EndorsementKeyTemplate.EccP256.Area)),
            Exchange.Of("StartAuthSession", new StartAuthSessionCommand(nonce, TpmAlgorithm.Sha256)),
            Exchange.Of("PolicySecret", new PolicySecretCommand(TpmHandle.Endorsement, Empty, Session)),
            Exchange.Of("PolicyOr", new PolicyOrCommand(Session, EndorsementKeyTemplate.EccP384.PolicyBranches)),
            Exchange.Of("Create", Create),
            Exchange.Of("Load", new LoadCommand(Ek, Authorization.Policy(Session), created.Private, created.Public)),
            Exchange.Of("ReadPublic", new ReadPublicCommand(Ak)),
            Exchange.Of("ActivateCredential", Activate()),
            Exchange.Of("PcrRead", PcrRead),
            Exchange.Of("PcrExtend", new PcrExtendCommand(16, Empty, extend)),
            Exchange.Of("PcrReset", new PcrResetCommand(16, Empty)),
            Exchange.Of("Quote", Quote),
            Exchange.Of("Certify", Certify),
            Exchange.Of("ContextSave", new ContextSaveCommand(Ak)),
            Exchange.Of("ContextLoad", new ContextLoadCommand(Read("ContextSave", new ContextSaveCommand(Ak)))),
            Exchange.Of("EvictControl", new EvictControlCommand(Empty, Ak, TpmHandle.FirstPersistent + 1)),
            Exchange.Of("FlushContext", new FlushContextCommand(Session)),
            Exchange.Of("NvReadPublic", new NvReadPublicCommand(Certificate)),
            Exchange.Of("NvRead", new NvReadCommand(Certificate, Empty, Certificate, 0, 16)),
        ];
        return all.ToDictionary(exchange => Exchange.Names.Single(name => Exchange.CommandOf(name) == exchange.Command));
    }

    private static CreateResponse Created() => Read("Create", Create);

    private static ActivateCredentialCommand Activate()
    {
        // Header, two handles, the authorisation area (a password and a policy session, 9 bytes each) come before the credential.
        var credential = Exchange.CommandOf("ActivateCredential")[(2 * (10 + 8 + 4 + 18))..];
        Assert.True(CredentialBlob.TryParse(Convert.FromHexString("BADCC0DE" + "00000001" + credential), out var blob, out _));
        return new(Ak, Empty, Ek, Authorization.Policy(Session), blob);
    }

    private static T Read<T>(string name, ITpmCommand<T> command) where T : class
    {
        var source = Convert.FromHexString(Exchange.ResponseOf(name));
        Assert.True(command.TryParseResponse(source, out var response, out var error), error.ToString());
        return response;
    }
}
