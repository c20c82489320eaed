namespace Keylime.Tpm.Structures;

/// <summary>TPMT_SYM_DEF_OBJECT: the cipher that a storage or endorsement key protects its children and secrets with.</summary>
/// <param name="Algorithm">The block cipher, or <see cref="TpmAlgorithm.Null"/> for keys that protect nothing.</param>
/// <param name="KeyBits">Key size in bits; 0 without a cipher.</param>
/// <param name="Mode">Mode of operation; always CFB for objects. <see cref="TpmAlgorithm.None"/> without a cipher.</param>
/// <remarks>TPM 2.0 Part 2, TPMT_SYM_DEF_OBJECT (11.1.7).</remarks>
public readonly record struct SymmetricDefinition(TpmAlgorithm Algorithm, ushort KeyBits, TpmAlgorithm Mode)
{
    /// <summary>No cipher.</summary>
    public static SymmetricDefinition Null => new(TpmAlgorithm.Null, 0, TpmAlgorithm.None);

    /// <summary>AES in CFB mode.</summary>
    public static SymmetricDefinition AesCfb(ushort keyBits) => new(TpmAlgorithm.Aes, keyBits, TpmAlgorithm.Cfb);

    internal static SymmetricDefinition Read(ref TpmReader reader)
    {
        switch (reader.ReadAlgorithm())
        {
            case TpmAlgorithm.Null:
                return Null;
            case (TpmAlgorithm.Aes or TpmAlgorithm.Sm4 or TpmAlgorithm.Camellia) and var cipher:
                return new(cipher, reader.ReadUInt16(), reader.ReadAlgorithm());
            default:
                reader.Fail(ParseFault.UnknownAlgorithm);
                return Null;
        }
    }

    internal void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Algorithm);
        if (Algorithm == TpmAlgorithm.Null) return;
        writer.WriteUInt16(KeyBits);
        writer.WriteAlgorithm(Mode);
    }
}
