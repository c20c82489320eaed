using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>Templates of attestation keys: restricted signing keys without authorisation value, made under an endorsement key.</summary>
/// <remarks>Keylime, agent: AK. The scheme's hash is the name algorithm too.</remarks>
public static class AttestationKeyTemplate
{
    /// <summary>An RSA key that signs with RSASSA or RSAPSS.</summary>
    public static PublicArea Rsa(ushort keyBits, TpmAlgorithm scheme, TpmAlgorithm hash) =>
        Create(scheme, hash) with { Rsa = new(keyBits, 0, default) };

    /// <summary>An elliptic-curve key that signs with ECDSA.</summary>
    public static PublicArea Ecc(TpmEccCurve curve, TpmAlgorithm hash) =>
        Create(TpmAlgorithm.Ecdsa, hash) with { Ecc = new(curve, default, default) };

    private static PublicArea Create(TpmAlgorithm scheme, TpmAlgorithm hash) => new()
    {
        NameAlgorithm = hash,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = new(scheme, hash),
    };
}
