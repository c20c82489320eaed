using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Agent.Identity;

/// <summary>What the TPM's keys are made of: options <c>tpm_hash_alg</c>, <c>tpm_encryption_alg</c> and <c>tpm_signing_alg</c>.</summary>
/// <param name="Hash">Hash of signatures and names, and the PCR bank that is quoted.</param>
/// <param name="EndorsementKey">Kind and size of the EK, and of the AK below it.</param>
/// <param name="Signing">Scheme of the AK.</param>
internal sealed record TpmAlgorithms(TpmAlgorithm Hash, EndorsementKeyTemplate EndorsementKey, TpmAlgorithm Signing)
{
    /// <summary>From here on <c>enc_alg</c> says the size of the usual keys too: <c>rsa2048</c>, before that <c>rsa</c>.</summary>
    private static readonly ApiVersion s_sizedNames = new(2, 5);

    /// <exception cref="ConfigurationException">An algorithm that is unknown, or a scheme that does not go with the key.</exception>
    public static TpmAlgorithms Read(KeylimeSettings settings)
    {
        if (!TpmHash.TryParseHashName(settings.GetText("tpm_hash_alg", "sha256"), out var hash))
            throw settings.Refuse("tpm_hash_alg", "must be sha1, sha256, sha384 or sha512");
        var key = EndorsementKeyTemplate.Find(settings.GetText("tpm_encryption_alg", "rsa").Replace("ecc_nist_p", "ecc", StringComparison.Ordinal))
            ?? throw settings.Refuse("tpm_encryption_alg", "must be rsa2048, rsa3072, rsa4096, ecc256, ecc384 or ecc521");
        return new(hash, key, ReadSigning(settings, isRsa: key.Area.Rsa is not null));
    }

    private static TpmAlgorithm ReadSigning(KeylimeSettings settings, bool isRsa) =>
        (isRsa, settings.GetText("tpm_signing_alg", isRsa ? "rsassa" : "ecdsa")) switch
        {
            (true, "rsassa") => TpmAlgorithm.RsaSsa,
            (true, "rsapss") => TpmAlgorithm.RsaPss,
            (false, "ecdsa") => TpmAlgorithm.Ecdsa,
            (true, _) => throw settings.Refuse("tpm_signing_alg", "must be rsassa or rsapss for an RSA key"),
            _ => throw settings.Refuse("tpm_signing_alg", "must be ecdsa for an elliptic-curve key"),
        };

    /// <summary>Template of the AK.</summary>
    public PublicArea AttestationKey => EndorsementKey.Area.Rsa is { } rsa
        ? AttestationKeyTemplate.Rsa(rsa.KeyBits, Signing, Hash)
        : AttestationKeyTemplate.Ecc(EndorsementKey.Area.Ecc!.Curve, Hash);

    /// <summary>Wire name of <see cref="Hash"/>: <c>sha256</c>.</summary>
    public string HashName => Hash.ToHashName();

    /// <summary>Wire name of <see cref="Signing"/>: <c>rsassa</c>.</summary>
    public string SigningName => Signing switch { TpmAlgorithm.RsaSsa => "rsassa", TpmAlgorithm.RsaPss => "rsapss", _ => "ecdsa" };

    /// <summary>Wire name of the keys for a peer that speaks <paramref name="version"/>.</summary>
    public string EncryptionName(ApiVersion version) => (EndorsementKey.Name, version.CompareTo(s_sizedNames) >= 0) switch
    {
        ("rsa2048", false) => "rsa",
        ("ecc256", false) => "ecc",
        var (name, _) => name,
    };

    /// <summary>Name of <see cref="Hash"/> in agent_data.json.</summary>
    public string RustHashName => Hash.ToString();

    /// <summary>Name of <see cref="Signing"/> in agent_data.json.</summary>
    public string RustSigningName => Signing switch { TpmAlgorithm.RsaSsa => "RsaSsa", TpmAlgorithm.RsaPss => "RsaPss", _ => "EcDsa" };
}
