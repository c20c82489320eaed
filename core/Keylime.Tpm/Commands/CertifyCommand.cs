using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_Certify: signs the name of another loaded key, to prove that it lives in the same TPM.</summary>
/// <param name="Subject">Handle of the key to certify.</param>
/// <param name="SubjectAuthorization">Its authorisation.</param>
/// <param name="Key">Handle of the signing key.</param>
/// <param name="KeyAuthorization">Its authorisation.</param>
/// <param name="QualifyingData">The caller's data.</param>
/// <param name="Scheme">Scheme and hash; null when the key is bound to one.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_Certify (18.2).</remarks>
public sealed record CertifyCommand(
    uint Subject, Authorization SubjectAuthorization, uint Key, Authorization KeyAuthorization,
    ReadOnlyMemory<byte> QualifyingData, KeyScheme Scheme) : ITpmCommand<AttestResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.Certify;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Subject, Key], [SubjectAuthorization, KeyAuthorization], (ref writer) =>
    {
        writer.WriteSized(QualifyingData.Span);
        Scheme.Write(ref writer);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out AttestResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 2, hasHandle: false, AttestResponse.Read, out response, out error);
}
