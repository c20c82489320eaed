using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Structures;

/// <summary>TPMS_ATTEST: what a TPM signs when it quotes PCRs or certifies an object.</summary>
/// <param name="QualifiedSigner">Qualified name of the signing key.</param>
/// <param name="QualifyingData">The caller's data (extraData): the nonce of a quote.</param>
/// <param name="Clock">Clock and counters when it was signed.</param>
/// <param name="FirmwareVersion">Vendor's number; obfuscated under keys outside the endorsement and platform hierarchies, like the
/// clock.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_ATTEST (10.12.12). Exactly one of <see cref="Quote"/> and <see cref="Certify"/> is set.</remarks>
public sealed record Attest(
    ReadOnlyMemory<byte> QualifiedSigner, ReadOnlyMemory<byte> QualifyingData, ClockInfo Clock, ulong FirmwareVersion)
{
    /// <summary>TPM_GENERATED_VALUE. A restricted key signs nothing from outside that starts with it, so it proves a TPM's
    /// origin.</summary>
    public const uint Magic = 0xFF544347;
    /// <summary>Longest qualifying data (TPM2B_DATA, a TPMT_HA), in bytes.</summary>
    public const int MaxQualifyingDataBytes = 2 + TpmHash.MaxDigestBytes;

    /// <summary>Body of a quote; null when this is none.</summary>
    public QuoteInfo? Quote { get; init; }
    /// <summary>Body of a certification; null when this is none.</summary>
    public CertifyInfo? Certify { get; init; }
    /// <summary>Which of the two it is.</summary>
    public AttestType Type => Quote is not null ? AttestType.Quote : Certify is not null ? AttestType.Certify : AttestType.None;

    /// <summary>Reads a quote or a certification; false, with the place of the fault, for anything else or anything more.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Attest? attest, out ParseError error)
    {
        var reader = new TpmReader(source);
        attest = Read(ref reader);
        if (!reader.TryFinish(out error)) attest = null;
        return attest is not null;
    }

    /// <summary>The wire bytes, as a TPM would sign them.</summary>
    /// <exception cref="InvalidOperationException">Neither body is set, or both are.</exception>
    public byte[] ToBytes()
    {
        if (Quote is null == Certify is null)
            throw new InvalidOperationException("An attestation has one body: a quote or a certification.");
        var writer = new TpmWriter(stackalloc byte[TpmWriter.MaxBytes]);
        writer.WriteUInt32(Magic);
        writer.WriteUInt16((ushort)Type);
        writer.WriteSized(QualifiedSigner.Span);
        writer.WriteSized(QualifyingData.Span);
        Clock.Write(ref writer);
        writer.WriteUInt64(FirmwareVersion);
        Quote?.Write(ref writer);
        Certify?.Write(ref writer);
        return writer.Written.ToArray();
    }

    private static Attest Read(ref TpmReader reader)
    {
        if (reader.ReadUInt32() != Magic) reader.Fail(ParseFault.BadMagic);
        var type = (AttestType)reader.ReadUInt16();
        if (type is not (AttestType.Quote or AttestType.Certify)) reader.Fail(ParseFault.BadType);
        var attest = new Attest(
            reader.ReadSized(PublicArea.MaxNameBytes).ToArray(), reader.ReadSized(MaxQualifyingDataBytes).ToArray(),
            ClockInfo.Read(ref reader), reader.ReadUInt64());
        return type == AttestType.Quote
            ? attest with { Quote = QuoteInfo.Read(ref reader) }
            : attest with { Certify = CertifyInfo.Read(ref reader) };
    }
}
