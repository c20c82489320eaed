using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_Quote: signs a digest of PCR values with an attestation key.</summary>
/// <param name="Key">Handle of the key.</param>
/// <param name="Authorization">Its authorisation.</param>
/// <param name="QualifyingData">The nonce, at most <see cref="Attest.MaxQualifyingDataBytes"/>.</param>
/// <param name="Scheme">Scheme and hash; null when the key is bound to one.</param>
/// <param name="Pcrs">What to quote.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_Quote (18.4).</remarks>
public sealed record QuoteCommand(
    uint Key, Authorization Authorization, ReadOnlyMemory<byte> QualifyingData, KeyScheme Scheme, IReadOnlyList<PcrSelection> Pcrs)
    : ITpmCommand<AttestResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.Quote;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Key], [Authorization], (ref writer) =>
    {
        writer.WriteSized(QualifyingData.Span);
        Scheme.Write(ref writer);
        PcrSelection.WriteList(ref writer, Pcrs);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out AttestResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, AttestResponse.Read, out response, out error);
}
