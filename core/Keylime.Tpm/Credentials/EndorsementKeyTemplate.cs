using Keylime.Tpm.Commands;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>How an endorsement key is made again from the TPM's seed, where its certificate lies, and how its use is authorised.</summary>
/// <param name="Name">Keylime's name for the kind of key: <c>rsa2048</c>, <c>ecc256</c>.</param>
/// <param name="Area">The template.</param>
/// <param name="CertificateIndex">NV index of the certificate.</param>
/// <param name="PolicyBranches">Digests to give to TPM2_PolicyOR after TPM2_PolicySecret; empty when the latter is the whole
/// policy.</param>
/// <remarks>TCG EK Credential Profile 2.5, B.3 (low range) and B.4 (high range).</remarks>
public sealed record EndorsementKeyTemplate(
    string Name, PublicArea Area, uint CertificateIndex, IReadOnlyList<ReadOnlyMemory<byte>> PolicyBranches)
{
    /// <summary>First NV index of the certificates between the endorsement key's and the manufacturer's root.</summary>
    public const uint FirstChainIndex = 0x01C00100;
    /// <summary>Last such index.</summary>
    public const uint LastChainIndex = 0x01C001FF;

    private const ObjectAttributes LowRange = ObjectAttributes.FixedTpm | ObjectAttributes.FixedParent
        | ObjectAttributes.SensitiveDataOrigin | ObjectAttributes.AdminWithPolicy | ObjectAttributes.Restricted | ObjectAttributes.Decrypt;

    // Policy C of the profile: a policy kept in an NV index that the platform's owner may write. The name of the index, and so
    // the digest, depends on the hash.
    private const string PolicyCSha256 = "3767E2EDD43FF45A3A7E1EAEFCEF78643DCA964632E7AAD82C673A30D8633FDE";
    private const string PolicyCSha384 =
        "D6032CE61F2FB3C240EB3CF6A33237EF2B6A16F4293C22B455E261CFFD217AD5B4947C2D73E63005EED2DC2B3593D165";
    private const string PolicyCSha512 = "589EE1E146544716E8DEAFE6DB247B01B81E9F9C7DD16B814AA159138749105F"
        + "BA5388DD1DEA702F35240C184933121E2C61B8F50D3EF91393A49A38C3F73FC8";

    /// <summary>L-1: RSA 2048, the key that nearly every TPM has a certificate for.</summary>
    public static EndorsementKeyTemplate Rsa2048 { get; } = Low("rsa2048", 0x01C00002, new RsaPublic(2048, 0, new byte[256]), null);

    /// <summary>L-2: NIST P-256.</summary>
    public static EndorsementKeyTemplate EccP256 { get; } =
        Low("ecc256", 0x01C0000A, null, new EccPublic(TpmEccCurve.NistP256, new byte[32], new byte[32]));

    /// <summary>H-3: NIST P-384.</summary>
    public static EndorsementKeyTemplate EccP384 { get; } =
        High("ecc384", 0x01C00016, TpmAlgorithm.Sha384, PolicyCSha384, null, new EccPublic(TpmEccCurve.NistP384, default, default));

    /// <summary>H-4: NIST P-521.</summary>
    public static EndorsementKeyTemplate EccP521 { get; } =
        High("ecc521", 0x01C00018, TpmAlgorithm.Sha512, PolicyCSha512, null, new EccPublic(TpmEccCurve.NistP521, default, default));

    /// <summary>H-6: RSA 3072.</summary>
    public static EndorsementKeyTemplate Rsa3072 { get; } =
        High("rsa3072", 0x01C0001C, TpmAlgorithm.Sha384, PolicyCSha384, new RsaPublic(3072, 0, default), null);

    /// <summary>H-7: RSA 4096.</summary>
    public static EndorsementKeyTemplate Rsa4096 { get; } =
        High("rsa4096", 0x01C0001E, TpmAlgorithm.Sha384, PolicyCSha384, new RsaPublic(4096, 0, default), null);

    /// <summary>H-1: RSA 2048 with the high range's policy, on TPMs that have no low range.</summary>
    public static EndorsementKeyTemplate Rsa2048High { get; } =
        High("rsa2048", 0x01C00012, TpmAlgorithm.Sha256, PolicyCSha256, new RsaPublic(2048, 0, default), null);

    /// <summary>H-2: NIST P-256 with the high range's policy.</summary>
    public static EndorsementKeyTemplate EccP256High { get; } =
        High("ecc256", 0x01C00014, TpmAlgorithm.Sha256, PolicyCSha256, null, new EccPublic(TpmEccCurve.NistP256, default, default));

    /// <summary>The template for a kind of key as configuration names it (<c>rsa</c>, <c>rsa3072</c>, <c>ecc</c>, <c>ecc384</c>);
    /// null for an unknown name.</summary>
    public static EndorsementKeyTemplate? Find(string name) => name switch
    {
        "rsa" or "rsa2048" => Rsa2048,
        "rsa3072" => Rsa3072,
        "rsa4096" => Rsa4096,
        "ecc" or "ecc256" => EccP256,
        "ecc384" => EccP384,
        "ecc521" => EccP521,
        _ => null,
    };

    /// <summary>The template that a key was made from, told by its kind, size and policy; null for a key of another origin.</summary>
    public static EndorsementKeyTemplate? FindLike(PublicArea key) => Array.Find(
        [Rsa2048, EccP256, EccP384, EccP521, Rsa3072, Rsa4096, Rsa2048High, EccP256High],
        template => template.Area.Rsa?.KeyBits == key.Rsa?.KeyBits
            && template.Area.Ecc?.Curve == key.Ecc?.Curve
            && template.Area.NameAlgorithm == key.NameAlgorithm
            && template.Area.AuthPolicy.Span.SequenceEqual(key.AuthPolicy.Span));

    private static EndorsementKeyTemplate Low(string name, uint index, RsaPublic? rsa, EccPublic? ecc) => new(name, new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = LowRange,
        AuthPolicy = PolicyDigest.Secret(TpmAlgorithm.Sha256, TpmHandle.Endorsement),
        Symmetric = SymmetricDefinition.AesCfb(128),
        Rsa = rsa,
        Ecc = ecc,
    }, index, []);

    private static EndorsementKeyTemplate High(
        string name, uint index, TpmAlgorithm hash, string policyC, RsaPublic? rsa, EccPublic? ecc)
    {
        ReadOnlyMemory<byte>[] branches = [PolicyDigest.Secret(hash, TpmHandle.Endorsement), Convert.FromHexString(policyC)];
        return new(name, new()
        {
            NameAlgorithm = hash,
            Attributes = LowRange | ObjectAttributes.UserWithAuth,
            AuthPolicy = PolicyDigest.Or(hash, branches),
            Symmetric = SymmetricDefinition.AesCfb((ushort)(hash == TpmAlgorithm.Sha256 ? 128 : 256)),
            Rsa = rsa,
            Ecc = ecc,
        }, index, branches);
    }
}
