using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Testing;
using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices.Tests;

public sealed class TpmDeviceTests(TpmFixture fixture) : IClassFixture<TpmFixture>
{
    private static readonly byte[] Nonce = Encoding.ASCII.GetBytes("12345678901234567890");
    private readonly TpmDevice _device = fixture.Open();

    public static TheoryData<string, string> KeyPairs => new()
    {
        { "rsa", "rsassa" }, { "rsa", "rsapss" }, { "rsa", "ecdsa" }, { "ecc", "ecdsa" }, { "ecc", "rsassa" }, { "ecc384", "ecdsa384" },
    };

    [TpmTheory]
    [MemberData(nameof(KeyPairs))]
    public async Task Activates_credentials_that_we_make_and_no_others(string ekName, string akName)
    {
        var (ek, ak) = await CreateKeysAsync(ekName, akName);
        var secret = RandomNumberGenerator.GetBytes(32);
        Assert.Equal(secret, await _device.ActivateCredentialAsync(ak, Make(ek.Public, ak.Public.ComputeName(), secret)));

        var (_, other) = await CreateKeysAsync(ekName, akName);
        var refused = await Assert.ThrowsAsync<TpmCommandException>(
            () => _device.ActivateCredentialAsync(other, Make(ek.Public, ak.Public.ComputeName(), secret)));
        Assert.Equal("TPM2_ActivateCredential failed: TPM_RC_INTEGRITY (parameter 1)", refused.Message);
        await AssertNothingIsLoadedAsync();
    }

    [TpmTheory]
    [MemberData(nameof(KeyPairs))]
    public async Task Quotes_what_our_structures_verify(string ekName, string akName)
    {
        var (_, ak) = await CreateKeysAsync(ekName, akName);
        Assert.Equal(ObjectAttributes.AttestationKey, ak.Public.Attributes);
        await _device.ExtendPcrAsync(23, Digests("something"));
        PcrSelection[] pcrs = [new(TpmAlgorithm.Sha1, 1u << 10), new(TpmAlgorithm.Sha256, 0xFFFFFF)];
        var quote = await _device.QuoteAsync(ak, new(Nonce, pcrs));

        AssertVerifies(ak, quote);
        Assert.Equal(25, quote.Pcrs.Values.Count);
        Assert.True(quote.Pcrs.TryGetValue(TpmAlgorithm.Sha256, 23, out var value));
        Assert.NotEqual(new byte[32], value.ToArray());
        await AssertNothingIsLoadedAsync();
    }

    [TpmFact]
    public async Task Binds_data_to_a_quote_through_pcr_16()
    {
        var (_, ak) = await CreateKeysAsync("ecc", "ecdsa");
        for (var i = 0; i < 2; i++) // the second time starts from zero again
        {
            var request = new QuoteRequest(Nonce, [new(TpmAlgorithm.Sha256, 1u << 16)]) { BoundData = Digests("a public key") };
            var quote = await _device.QuoteAsync(ak, request);
            var expected = new byte[32];
            TpmAlgorithm.Sha256.Extend(expected, SHA256.HashData(Encoding.UTF8.GetBytes("a public key")));
            Assert.True(quote.Pcrs.TryGetValue(TpmAlgorithm.Sha256, 16, out var value));
            Assert.Equal(expected, value.ToArray());
        }
    }

    [TpmFact]
    public async Task Leaves_out_banks_that_are_not_active()
    {
        await using var tpm = await SoftwareTpm.StartAsync(pcrBanks: "sha256");
        var device = TpmFixture.Open(tpm);
        Assert.Equal([TpmAlgorithm.Sha256], await device.ReadActiveBanksAsync());
        var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256);
        var ak = await device.CreateAttestationKeyAsync(ek, Template("ecdsa"));
        var quote = await device.QuoteAsync(ak, new(Nonce, [new(TpmAlgorithm.Sha384, 1u << 10), new(TpmAlgorithm.Sha256, 1u << 10)]));
        AssertVerifies(ak, quote);
        Assert.Equal([TpmAlgorithm.Sha256], quote.Pcrs.Values.Select(value => value.Bank));
    }

    [TpmTheory]
    [InlineData("rsa")]
    [InlineData("ecc384")]
    public async Task Reads_the_certificate_that_belongs_to_the_key(string ekName)
    {
        var ek = await _device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.Find(ekName)!);
        var certificate = X509CertificateLoader.LoadCertificate(Assert.Single(await _device.ReadCertificatesAsync(ek)));
        Assert.Equal(ek.Public.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());

        using var root = X509CertificateLoader.LoadCertificateFromFile(fixture.Tpm.RootCertificatePath);
        using var issuer = X509CertificateLoader.LoadCertificateFromFile(fixture.Tpm.IssuerCertificatePath);
        Assert.Equal(root.SubjectName.RawData, issuer.IssuerName.RawData);
        Assert.Equal(issuer.SubjectName.RawData, certificate.IssuerName.RawData);
    }

    [TpmFact]
    public async Task Has_no_certificate_for_a_key_that_the_manufacturer_did_not_certify() =>
        Assert.Empty(await _device.ReadCertificatesAsync(await _device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256)));

    [TpmFact]
    public async Task Finds_the_persistent_endorsement_keys_of_the_manufacturer()
    {
        var created = await _device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.Rsa2048);
        var found = await _device.FindEndorsementKeyAsync(0x81010001);
        Assert.Equal(created.Public.ToBytes(), found!.Public.ToBytes());
        Assert.Same(EndorsementKeyTemplate.EccP384, (await _device.FindEndorsementKeyAsync(0x81010016))!.Template);
        Assert.Null(await _device.FindEndorsementKeyAsync(0x81010005));

        var ak = await _device.CreateAttestationKeyAsync(found, Template("ecdsa"));
        var secret = RandomNumberGenerator.GetBytes(32);
        Assert.Equal(secret, await _device.ActivateCredentialAsync(ak, Make(found.Public, ak.Public.ComputeName(), secret)));
        await AssertNothingIsLoadedAsync();
    }

    [TpmFact]
    public async Task Loads_an_attestation_key_again_from_its_parts()
    {
        var (ek, ak) = await CreateKeysAsync("ecc", "ecdsa");
        var loaded = await _device.LoadAttestationKeyAsync(ek, ak.Public, ak.Private);
        AssertVerifies(ak, await _device.QuoteAsync(loaded!, new(Nonce, [new(TpmAlgorithm.Sha256, 1)])));

        var rsaEk = await _device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.Rsa2048);
        Assert.Null(await _device.LoadAttestationKeyAsync(rsaEk, ak.Public, ak.Private));
        var (_, other) = await CreateKeysAsync("ecc", "ecdsa");
        Assert.Null(await _device.LoadAttestationKeyAsync(ek, other.Public, ak.Private));
        Assert.Null(await _device.LoadAttestationKeyAsync(ek, ak.Public, new byte[] { 1, 2, 3 }));
        await AssertNothingIsLoadedAsync();
    }

    [TpmFact]
    public async Task Reports_the_active_banks() => Assert.Equal(
        [TpmAlgorithm.Sha1, TpmAlgorithm.Sha256, TpmAlgorithm.Sha384, TpmAlgorithm.Sha512], await _device.ReadActiveBanksAsync());

    [TpmFact]
    public async Task Names_the_refusal_of_the_tpm()
    {
        var refused = await Assert.ThrowsAsync<TpmCommandException>(() => _device.ResetPcrAsync(0));
        Assert.Equal(TpmCommandCode.PcrReset, refused.Command);
        Assert.Equal("TPM2_PcrReset failed: TPM_RC_LOCALITY", refused.Message);
    }

    internal static PublicArea Template(string name) => name switch
    {
        "rsassa" => AttestationKeyTemplate.Rsa(2048, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256),
        "rsapss" => AttestationKeyTemplate.Rsa(2048, TpmAlgorithm.RsaPss, TpmAlgorithm.Sha256),
        "ecdsa" => AttestationKeyTemplate.Ecc(TpmEccCurve.NistP256, TpmAlgorithm.Sha256),
        "ecdsa384" => AttestationKeyTemplate.Ecc(TpmEccCurve.NistP384, TpmAlgorithm.Sha384),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    internal static void AssertVerifies(TpmAttestationKey ak, TpmQuote quote)
    {
        Assert.True(AttestationKey.TryCreate(ak.Public, out var key));
        using var owned = key;
        Assert.True(key.Verify(quote.Signature, quote.Attest.Span));
        Assert.True(Attest.TryParse(quote.Attest.Span, out var attest, out _));
        Assert.Equal(Nonce, attest.QualifyingData.ToArray());
        Assert.True(PcrSelection.SamePcrs(attest.Quote!.Pcrs, quote.Pcrs.Selections));
        Assert.Equal(quote.Pcrs.ComputeDigest(quote.Signature.Hash), attest.Quote.PcrDigest.ToArray());
        Assert.True(PcrBlob.TryParse(quote.Pcrs.ToBytes(), out _, out _));
    }

    private static CredentialBlob Make(PublicArea ek, byte[] akName, byte[] secret)
    {
        if (ek.Ecc is null)
            return MakeCredential.ForRsa(ek, akName, secret, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        using var ephemeral = ECDiffieHellman.Create(ek.Ecc.ToParameters().Curve);
        return MakeCredential.ForEcc(ek, akName, secret, ephemeral);
    }

    private static Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> Digests(string text) => new()
    {
        [TpmAlgorithm.Sha1] = TpmAlgorithm.Sha1.HashData(Encoding.UTF8.GetBytes(text)),
        [TpmAlgorithm.Sha256] = TpmAlgorithm.Sha256.HashData(Encoding.UTF8.GetBytes(text)),
    };

    private async Task<(TpmEndorsementKey Ek, TpmAttestationKey Ak)> CreateKeysAsync(string ekName, string akName)
    {
        var ek = await _device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.Find(ekName)!);
        return (ek, await _device.CreateAttestationKeyAsync(ek, Template(akName)));
    }

    private async Task AssertNothingIsLoadedAsync()
    {
        Assert.Empty((await _device.ReadCapabilityAsync(TpmCapability.Handles, TpmHandle.FirstTransient, 64)).Values);
        Assert.Empty((await _device.ReadCapabilityAsync(TpmCapability.Handles, TpmHandle.FirstLoadedSession, 64)).Values);
    }
}
