using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keylime.Attestation.Policies;
using Keylime.Testing;

namespace Keylime.Attestation.Tests.Policies;

public sealed class DsseEnvelopeTests
{
    [VectorFact]
    public void Judges_the_published_envelopes_as_their_manifest_says()
    {
        foreach (var file in (string[])["dsse/p256-basic/cases.json", "dsse/p521-basic/cases.json"])
            foreach (var vector in Vectors.ReadJson(file).GetProperty("cases").EnumerateArray())
            {
                var text = Encoding.UTF8.GetBytes(vector.GetProperty("envelope").GetString()!);
                var isGood = DsseEnvelope.TryParse(text, out var envelope, out _) && envelope.IsSignedBy(vector.GetProperty("key_pem").GetString()!);
                Assert.True(vector.GetProperty("expected").GetProperty("valid").GetBoolean() == isGood, $"{file}: {vector.GetProperty("id")}");
            }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----")]
    // P-256's base point, on a curve of another name.
    [InlineData("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAX8DQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----")]
    public void A_key_that_cannot_be_used_has_signed_nothing(string pem)
    {
        Assert.True(DsseEnvelope.TryParse("""{"payload":"e30=","payloadType":"application/vnd.keylime+json","signatures":[{"keyid":"","sig":"MAYCAQECAQE="}]}"""u8.ToArray(), out var envelope, out _));
        Assert.False(envelope.IsSignedBy(pem));
    }

    [VectorFact]
    public void Takes_the_key_out_of_a_certificate()
    {
        Assert.True(DsseEnvelope.TryParse(Vectors.Read("dsse/x509/envelope.json"), out var envelope, out _));
        Assert.True(envelope.IsSignedBy(Vectors.ReadText("dsse/x509/cert.pem")));
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("[]", "$")]
    [InlineData("{}", "$.payloadType")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"e30=","payload":"e30=","signatures":[{"sig":"e30="}]}""", "$.payload")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"e30=","signatures":[{"sig":"e30="},{"sig":"e30=","sig":"e30="}]}""", "$.signatures[1].sig")]
    [InlineData("""{"payloadType":"text/plain"}""", "$.payloadType")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json"}""", "$.payload")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"%"}""", "$.payload")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":1}""", "$.payload")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"e30="}""", "$.signatures")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"e30=","signatures":[]}""", "$.signatures")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"e30=","signatures":[{}]}""", "$.signatures[0].sig")]
    [InlineData("""{"payloadType":"application/vnd.keylime+json","payload":"e30=","signatures":[{"sig":"e30="},7]}""", "$.signatures[1].sig")]
    public void Refuses_what_is_no_envelope_and_says_where(string text, string path)
    {
        Assert.False(DsseEnvelope.TryParse(Encoding.UTF8.GetBytes(text), out _, out var fault));
        Assert.Equal(path, fault.Path);
    }

    [Theory]
    [InlineData("""{"payload":""}""", true)]
    [InlineData("""{"meta":{"payload":1},"payload":""}""", true)]
    [InlineData("""{"meta":{"payload":1}}""", false)]
    [InlineData("""["payload"]""", false)]
    [InlineData("", false)]
    [InlineData("{", false)]
    public void Tells_envelopes_from_bare_policies(string text, bool isEnvelope) =>
        Assert.Equal(isEnvelope, DsseEnvelope.IsEnvelope(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void No_key_signs_nothing(string pem)
    {
        Assert.True(DsseEnvelope.TryParse(Sign("{}"), out var envelope, out _));
        Assert.False(envelope.IsSignedBy(pem));
    }

    private static byte[] Sign(string payload)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = key.SignData(Encoding.UTF8.GetBytes($"DSSEv1 28 {DsseEnvelope.PayloadType} {payload.Length} {payload}"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)),
            payloadType = DsseEnvelope.PayloadType,
            signatures = new[] { new { keyid = "any", sig = Convert.ToBase64String(signature) } },
        });
    }
}
