namespace Keylime.Tpm.Structures;

/// <summary>TPMT_RSA_SCHEME, TPMT_ECC_SCHEME or TPMT_KDF_SCHEME: the scheme that a key is bound to, with its hash.</summary>
/// <param name="Algorithm">The scheme, or <see cref="TpmAlgorithm.Null"/> when each use chooses.</param>
/// <param name="Hash">Hash of the scheme; <see cref="TpmAlgorithm.None"/> without a scheme, and for RSAES, which has no hash.</param>
/// <remarks>TPM 2.0 Part 2, TPMU_ASYM_SCHEME (11.2.3.5).</remarks>
public readonly record struct KeyScheme(TpmAlgorithm Algorithm, TpmAlgorithm Hash)
{
    /// <summary>No scheme.</summary>
    public static KeyScheme Null => new(TpmAlgorithm.Null, TpmAlgorithm.None);

    internal static KeyScheme ReadRsa(ref TpmReader reader) => Read(ref reader,
        TpmAlgorithm.Null, TpmAlgorithm.RsaSsa, TpmAlgorithm.RsaPss, TpmAlgorithm.Oaep, TpmAlgorithm.RsaEs);

    internal static KeyScheme ReadEcc(ref TpmReader reader) => Read(ref reader,
        TpmAlgorithm.Null, TpmAlgorithm.Ecdsa, TpmAlgorithm.Ecdh);

    /// <summary>The KDF scheme of ECC keys. It is reserved for later in every profile: always null.</summary>
    internal static KeyScheme ReadKdf(ref TpmReader reader) => Read(ref reader, TpmAlgorithm.Null);

    internal void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Algorithm);
        if (HasHash(Algorithm)) writer.WriteAlgorithm(Hash);
    }

    private static KeyScheme Read(ref TpmReader reader, params ReadOnlySpan<TpmAlgorithm> allowed)
    {
        var scheme = reader.ReadAlgorithm();
        if (!allowed.Contains(scheme)) reader.Fail(ParseFault.UnknownAlgorithm);
        return new(scheme, HasHash(scheme) ? reader.ReadHash() : TpmAlgorithm.None);
    }

    private static bool HasHash(TpmAlgorithm scheme) => scheme is not (TpmAlgorithm.Null or TpmAlgorithm.RsaEs);
}
