using System.Security.Cryptography;
using System.Text.Json;
using Keylime.Attestation.Endorsements;
using Keylime.Testing;

namespace Keylime.Attestation.Tests.Endorsements;

public sealed class EndorsementVectorTests
{
    [VectorFact]
    public void Lab_certificates_are_judged_as_their_cases_say() => Assert.All(Vectors.ReadJson("ek-cert/lab/cases.json").GetProperty("cases").EnumerateArray(), vector =>
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(vector.GetProperty("check_time_unix").GetInt64());
        var isGood = Certificate.TryParse(Vectors.Read($"ek-cert/lab/{vector.GetProperty("cert").GetString()}"), out var certificate)
            && EndorsementKeyCertificate.VerifyChain(certificate, ReadPem(vector.GetProperty("trust_pem")), ReadPem(vector.GetProperty("intermediates_pem")), at).IsGood;
        Assert.Equal(vector.GetProperty("expected").GetProperty("valid").GetBoolean(), isGood);

        if (certificate is null) return;
        using var key = AsymmetricKey(vector.GetProperty("ek_public_pem").GetString()!);
        var isSameKey = certificate.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());
        Assert.Equal(vector.GetProperty("id").GetString() != "key-mismatch", isSameKey);
    });

    [VectorFact]
    public void Certificates_of_real_TPMs_lead_to_their_makers_stores()
    {
        var store = Vectors.Files("fetched/ek-cert/keylime+keylime/tpm_cert_store", "*.pem").Select(file => ParseText(Vectors.ReadText(file))).ToList();
        Assert.True(store.Count > 40);
        foreach (var name in new[] { "st_ecdsa_sha256.der", "st_sha256_with_rsa.der" })
        {
            Assert.True(Certificate.TryParse(Vectors.Read($"fetched/ek-cert/keylime+keylime/{name}"), out var certificate));
            Assert.Equal(new EndorsementResult(EndorsementFault.None, ""), EndorsementKeyCertificate.VerifyChain(certificate, store, [], new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        }
    }

    [VectorFact]
    public void A_makers_root_that_is_not_strict_DER_is_read() =>
        Assert.True(Certificate.TryParse(Vectors.Read("fetched/ek-cert/keylime+keylime/nuvoton_ecdsa_sha256.der"), out _));

    [VectorFact]
    public void Swtpm_certificates_lead_to_their_local_CA()
    {
        var issuer = ParseText(Vectors.ReadText("ek-cert/swtpm-localca/issuer.pem"));
        var root = ParseText(Vectors.ReadText("ek-cert/swtpm-localca/rootca.pem"));
        foreach (var name in new[] { "ek-rsa2048.der", "ek-secp384r1.der" })
        {
            Assert.True(Certificate.TryParse(Vectors.Read($"ek-cert/swtpm-localca/{name}"), out var certificate));
            var at = certificate.X509.NotBefore.AddDays(1);
            Assert.True(EndorsementKeyCertificate.VerifyChain(certificate, [issuer], [], at).IsGood);
            Assert.True(EndorsementKeyCertificate.VerifyChain(certificate, [root], [issuer], at).IsGood);
            Assert.Equal(EndorsementFault.IssuerUnknown, EndorsementKeyCertificate.VerifyChain(certificate, [root], [], at).Fault);
        }
    }

    private static List<Certificate> ReadPem(JsonElement list) => [.. list.EnumerateArray().Select(pem => ParseText(pem.GetString()!))];

    private static Certificate ParseText(string text) => Certificate.TryParseText(text, out var certificate) ? certificate : throw new InvalidDataException(text);

    private static AsymmetricAlgorithm AsymmetricKey(string pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return ecdsa;
        }
    }
}
