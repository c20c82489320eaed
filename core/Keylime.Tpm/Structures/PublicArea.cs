using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Structures;

/// <summary>TPMT_PUBLIC of an RSA or elliptic-curve key: what names an endorsement or attestation key, and the template that it is
/// made from.</summary>
/// <remarks>TPM 2.0 Part 2, TPMT_PUBLIC (12.2.4). Exactly one of <see cref="Rsa"/> and <see cref="Ecc"/> is set. Parsed areas hold a
/// plausible key: the modulus has its stated size, the point is on its curve. Templates are built, not parsed.</remarks>
public sealed record PublicArea
{
    /// <summary>Longest name: algorithm and digest, in bytes.</summary>
    public const int MaxNameBytes = 2 + TpmHash.MaxDigestBytes;

    /// <summary>Hash of the name and of the key's internal derivations.</summary>
    public required TpmAlgorithm NameAlgorithm { get; init; }
    /// <summary>Permitted uses.</summary>
    public required ObjectAttributes Attributes { get; init; }
    /// <summary>Policy digest, or empty.</summary>
    public ReadOnlyMemory<byte> AuthPolicy { get; init; }
    /// <summary>Cipher of endorsement and storage keys.</summary>
    public SymmetricDefinition Symmetric { get; init; } = SymmetricDefinition.Null;
    /// <summary>Scheme that the key is bound to.</summary>
    public KeyScheme Scheme { get; init; } = KeyScheme.Null;
    /// <summary>The key, when it is RSA.</summary>
    public RsaPublic? Rsa { get; init; }
    /// <summary>The key, when it is an elliptic-curve key.</summary>
    public EccPublic? Ecc { get; init; }

    /// <summary>Keylime's name of the kind of key: <c>rsa2048</c>, <c>ecc521</c>.</summary>
    public string KindName => Rsa is { } rsa ? $"rsa{rsa.KeyBits}" : $"ecc{RequireEcc().KeyBits}";

    /// <summary>Reads a TPMT_PUBLIC; false, with the place of the fault, for anything else or anything more.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicArea? area, out ParseError error)
    {
        var reader = new TpmReader(source);
        area = Read(ref reader);
        if (!reader.TryFinish(out error)) area = null;
        return area is not null;
    }

    /// <summary>Reads a TPM2B_PUBLIC, the form in which keys travel; false, with the place of the fault, for anything else or
    /// anything more.</summary>
    public static bool TryParseSized(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicArea? area, out ParseError error)
    {
        var reader = new TpmReader(source);
        area = ReadSized(ref reader);
        if (!reader.TryFinish(out error)) area = null;
        return area is not null;
    }

    /// <summary>The TPMT_PUBLIC bytes.</summary>
    public byte[] ToBytes()
    {
        var writer = new TpmWriter(stackalloc byte[TpmWriter.MaxBytes]);
        Write(ref writer);
        return writer.Written.ToArray();
    }

    /// <summary>The TPM2B_PUBLIC bytes.</summary>
    public byte[] ToSizedBytes()
    {
        var writer = new TpmWriter(stackalloc byte[TpmWriter.MaxBytes]);
        WriteSized(ref writer);
        return writer.Written.ToArray();
    }

    /// <summary>The object's name: name algorithm, then the digest of the TPMT_PUBLIC.</summary>
    /// <remarks>TPM 2.0 Part 1, Names (16).</remarks>
    public byte[] ComputeName() => [(byte)((ushort)NameAlgorithm >> 8), (byte)NameAlgorithm, .. NameAlgorithm.HashData(ToBytes())];

    /// <summary>The key as DER SubjectPublicKeyInfo, the form that certificates and PEM files hold.</summary>
    public byte[] ExportSubjectPublicKeyInfo() =>
        Rsa is not null ? SubjectPublicKeyInfo.Write(Rsa) : SubjectPublicKeyInfo.Write(RequireEcc());

    internal static PublicArea ReadSized(ref TpmReader reader)
    {
        var length = reader.ReadUInt16();
        var start = reader.Position;
        var area = Read(ref reader);
        if (reader.Position - start != length) reader.Fail(ParseFault.BadSize);
        return area;
    }

    internal void WriteSized(ref TpmWriter writer)
    {
        var start = writer.BeginSized();
        Write(ref writer);
        writer.EndSized(start);
    }

    private static PublicArea Read(ref TpmReader reader)
    {
        var type = reader.ReadAlgorithm();
        if (type is not (TpmAlgorithm.Rsa or TpmAlgorithm.Ecc)) reader.Fail(ParseFault.BadType);
        var area = new PublicArea
        {
            NameAlgorithm = reader.ReadHash(),
            Attributes = (ObjectAttributes)reader.ReadUInt32(),
            AuthPolicy = reader.ReadSized(TpmHash.MaxDigestBytes).ToArray(),
            Symmetric = SymmetricDefinition.Read(ref reader),
        };
        return type == TpmAlgorithm.Rsa ? ReadRsa(ref reader, area) : ReadEcc(ref reader, area);
    }

    private static PublicArea ReadRsa(ref TpmReader reader, PublicArea area)
    {
        var scheme = KeyScheme.ReadRsa(ref reader);
        var (bits, exponent) = RsaPublic.ReadParameters(ref reader);
        return area with { Scheme = scheme, Rsa = RsaPublic.Read(ref reader, bits, exponent) };
    }

    private static PublicArea ReadEcc(ref TpmReader reader, PublicArea area)
    {
        var scheme = KeyScheme.ReadEcc(ref reader);
        var curve = EccPublic.ReadCurve(ref reader);
        KeyScheme.ReadKdf(ref reader);
        return area with { Scheme = scheme, Ecc = EccPublic.Read(ref reader, curve) };
    }

    private void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Rsa is not null ? TpmAlgorithm.Rsa : TpmAlgorithm.Ecc);
        writer.WriteAlgorithm(NameAlgorithm);
        writer.WriteUInt32((uint)Attributes);
        writer.WriteSized(AuthPolicy.Span);
        Symmetric.Write(ref writer);
        Scheme.Write(ref writer);
        if (Rsa is not null)
        {
            writer.WriteUInt16(Rsa.KeyBits);
            writer.WriteUInt32(Rsa.Exponent);
            writer.WriteSized(Rsa.Modulus.Span);
            return;
        }
        var ecc = RequireEcc();
        writer.WriteUInt16((ushort)ecc.Curve);
        KeyScheme.Null.Write(ref writer);
        writer.WriteSized(ecc.X.Span);
        writer.WriteSized(ecc.Y.Span);
    }

    private EccPublic RequireEcc() => Ecc ?? throw new InvalidOperationException("A public area has a key: RSA or elliptic curve.");
}
