using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Tests;

/// <summary>The keys of a TPM, held by the test: an RSA endorsement key and an attestation key on P-256.</summary>
internal sealed class TpmKeys : IDisposable
{
    public const ObjectAttributes EkAttributes = ObjectAttributes.FixedTpm | ObjectAttributes.FixedParent | ObjectAttributes.SensitiveDataOrigin
        | ObjectAttributes.AdminWithPolicy | ObjectAttributes.Restricted | ObjectAttributes.Decrypt;

    private readonly RSA _ek = RSA.Create(2048);
    private readonly ECDsa _ak = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TpmKeys()
    {
        Ek = new()
        {
            NameAlgorithm = TpmAlgorithm.Sha256,
            Attributes = EkAttributes,
            Symmetric = SymmetricDefinition.AesCfb(128),
            Rsa = RsaPublic.FromParameters(_ek.ExportParameters(false)),
        };
        Ak = SigningKey(_ak, ObjectAttributes.AttestationKey);
    }

    public PublicArea Ek { get; set; }
    public PublicArea Ak { get; set; }

    public static PublicArea SigningKey(ECDsa key, ObjectAttributes attributes) => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = attributes,
        Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
        Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, key.ExportParameters(false)),
    };

    /// <summary>What an agent with this TPM sends. Set members to null to leave them out.</summary>
    public JsonObject Registration(params (string Member, JsonNode? Value)[] changes)
    {
        var request = new JsonObject
        {
            ["ek_tpm"] = Convert.ToBase64String(Ek.ToSizedBytes()),
            ["aik_tpm"] = Convert.ToBase64String(Ak.ToSizedBytes()),
            ["ekcert"] = null,
            ["iak_cert"] = null,
            ["idevid_cert"] = null,
            ["ip"] = "192.0.2.7",
            ["port"] = 9002,
            ["mtls_cert"] = "disabled",
        };
        foreach (var (member, value) in changes) request[member] = value;
        return request;
    }

    /// <summary>The tag that shows that this TPM opened the challenge; null when it cannot.</summary>
    public string? Answer(string blob, string id)
    {
        if (!CredentialBlob.TryParse(Convert.FromBase64String(blob), out var credential, out _)) return null;
        var secret = ActivateCredential.WithRsa(Ek, _ek, Ak.ComputeName(), credential);
        return secret is null ? null : AuthTag.Compute(AuthTag.KeyFromSecret(secret), id);
    }

    /// <summary>A self-signed certificate of the endorsement key, or of another key.</summary>
    public byte[] EkCertificate()
    {
        var request = new CertificateRequest("CN=EK", _ek, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return certificate.RawData;
    }

    public void Dispose()
    {
        _ek.Dispose();
        _ak.Dispose();
    }
}
