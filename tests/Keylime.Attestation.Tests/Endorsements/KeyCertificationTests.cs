using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Endorsements;
using Keylime.Protocol;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Tests.Endorsements;

public sealed class KeyCertificationTests : IDisposable
{
    private static readonly AgentId Agent = AgentId.Parse("machine-7");
    private readonly ECDsa _iakKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _akKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private PublicArea _iak;
    private PublicArea _ak;

    public KeyCertificationTests() => (_iak, _ak) = (AreaOf(_iakKey), AreaOf(_akKey));

    public void Dispose()
    {
        _iakKey.Dispose();
        _akKey.Dispose();
    }

    [Fact]
    public void An_IAK_certifies_a_key_for_an_agent_by_the_hash_of_its_id_or_by_the_id()
    {
        AssertGood(Certify(Hashed));
        AssertGood(Certify(Encoding.UTF8.GetBytes(Agent.Value)));
    }

    [Fact]
    public void An_RSA_IAK_does_too()
    {
        using var rsa = RSA.Create(2048);
        _iak = new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Scheme = new(TpmAlgorithm.RsaPss, TpmAlgorithm.Sha256), Rsa = RsaPublic.FromParameters(rsa.ExportParameters(false)) };
        var attest = Certify(Hashed).Attest;
        AssertGood((attest, new Signature(TpmAlgorithm.RsaPss, TpmAlgorithm.Sha256, rsa.SignData(attest, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), default, default).ToBytes()));
        // The key is bound to its scheme.
        AssertFault(CertificationCheck.Signature, (attest, new Signature(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256, rsa.SignData(attest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), default, default).ToBytes()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("machine-8")]
    [InlineData("machine-7x")]
    public void One_that_was_made_for_another_agent_proves_nothing(string id)
    {
        AssertFault(CertificationCheck.QualifyingData, Certify(Encoding.UTF8.GetBytes(id)));
        AssertFault(CertificationCheck.QualifyingData, Certify(SHA256.HashData(Encoding.UTF8.GetBytes(id))));
    }

    [Fact]
    public void One_of_another_key_proves_nothing()
    {
        AssertFault(CertificationCheck.Name, Certify(Hashed, certify: new(_iak.ComputeName(), default)));
        AssertFault(CertificationCheck.Name, Certify(Hashed, certify: new(default, default)));
        // The same numbers with other attributes are another key.
        var certified = Certify(Hashed);
        _ak = _ak with { Attributes = _ak.Attributes | ObjectAttributes.NoDa };
        AssertFault(CertificationCheck.Name, certified);
    }

    [Theory]
    [InlineData(ObjectAttributes.Sign)]
    [InlineData(ObjectAttributes.Restricted)]
    [InlineData(ObjectAttributes.FixedTpm)]
    public void Only_restricted_signing_keys_of_one_TPM_certify_and_are_certified(ObjectAttributes missing)
    {
        var (iak, ak) = (_iak, _ak);
        _ak = ak with { Attributes = ak.Attributes & ~missing };
        AssertFault(CertificationCheck.CertifiedKey, Certify(Hashed));
        (_iak, _ak) = (iak with { Attributes = iak.Attributes & ~missing }, ak);
        AssertFault(CertificationCheck.CertifyingKey, Certify(Hashed));
    }

    [Fact]
    public void A_key_that_also_decrypts_is_none()
    {
        _iak = _iak with { Attributes = _iak.Attributes | ObjectAttributes.Decrypt };
        AssertFault(CertificationCheck.CertifyingKey, Certify(Hashed));
    }

    [Fact]
    public void A_quote_certifies_no_key()
    {
        var quote = new Attest(default, Hashed, new ClockInfo(1, 1, 1, true), 1) { Quote = new([new(TpmAlgorithm.Sha256, 1)], new byte[32]) }.ToBytes();
        var fault = AssertFault(CertificationCheck.AttestStructure, (quote, Sign(quote)));
        Assert.Equal(new ParseError(ParseFault.BadType, 6), fault.Error);
    }

    [Fact]
    public void What_does_not_begin_as_a_TPM_s_word_is_none()
    {
        var attest = Certify(Hashed).Attest;
        attest[0] ^= 1;
        Assert.Equal(ParseFault.BadMagic, AssertFault(CertificationCheck.AttestStructure, (attest, Sign(attest))).Error.Fault);
    }

    [Fact]
    public void Bytes_behind_a_structure_are_refused_even_when_they_are_signed()
    {
        byte[] longer = [.. Certify(Hashed).Attest, 0];
        Assert.Equal(ParseFault.TrailingBytes, AssertFault(CertificationCheck.AttestStructure, (longer, Sign(longer))).Error.Fault);
        var (attest, signature) = Certify(Hashed);
        Assert.Equal(ParseFault.TrailingBytes, AssertFault(CertificationCheck.SignatureStructure, (attest, [.. signature, 0])).Error.Fault);
    }

    [Fact]
    public void A_signature_of_the_certified_key_is_not_the_IAK_s()
    {
        var attest = Certify(Hashed).Attest;
        AssertFault(CertificationCheck.Signature, (attest, Sign(attest, _akKey)));
    }

    [Fact]
    public void Every_truncation_and_every_flip_is_refused()
    {
        var (attest, signature) = Certify(Hashed);
        foreach (var (bad, good, isAttest) in new[] { (attest, signature, true), (signature, attest, false) })
            for (var i = 0; i < bad.Length; i++)
            {
                var flipped = (byte[])bad.Clone();
                flipped[i] ^= 0x01;
                foreach (var mutated in (byte[][])[bad[..i], flipped])
                    Assert.False(Verify(isAttest ? (mutated, good) : (good, mutated), out _), $"{(isAttest ? "attest" : "signature")} byte {i}");
            }
    }

    private static byte[] Hashed => SHA256.HashData(Encoding.UTF8.GetBytes(Agent.Value));

    private (byte[] Attest, byte[] Signature) Certify(byte[] qualifyingData, CertifyInfo? certify = null)
    {
        var attest = new Attest(new byte[] { 0, 11 }, qualifyingData, new ClockInfo(1, 1, 1, true), 1) { Certify = certify ?? new(_ak.ComputeName(), new byte[] { 0, 11 }) }.ToBytes();
        return (attest, Sign(attest));
    }

    private byte[] Sign(byte[] attest, ECDsa? key = null)
    {
        var signed = (key ?? _iakKey).SignData(attest, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return new Signature(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256, default, signed.AsMemory(0, 32), signed.AsMemory(32)).ToBytes();
    }

    private void AssertGood((byte[] Attest, byte[] Signature) certified) => Assert.True(Verify(certified, out var fault), fault.ToString());

    private CertificationFault AssertFault(CertificationCheck check, (byte[] Attest, byte[] Signature) certified)
    {
        Assert.False(Verify(certified, out var fault));
        Assert.Equal(check, fault.Check);
        return fault;
    }

    private bool Verify((byte[] Attest, byte[] Signature) certified, out CertificationFault fault) => KeyCertification.Verify(certified.Attest, certified.Signature, _iak, _ak, Agent, out fault);

    private static PublicArea AreaOf(ECDsa key) => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
        Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, key.ExportParameters(false)),
    };
}
