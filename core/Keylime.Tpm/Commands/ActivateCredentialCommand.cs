using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Credentials;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_ActivateCredential: the secret of a credential that was made for this TPM and this attestation key.</summary>
/// <param name="AttestationKey">Handle of the attestation key.</param>
/// <param name="AttestationKeyAuthorization">Its authorisation.</param>
/// <param name="EndorsementKey">Handle of the endorsement key.</param>
/// <param name="EndorsementKeyAuthorization">Its authorisation: a policy session.</param>
/// <param name="Credential">The credential.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_ActivateCredential (12.5).</remarks>
public sealed record ActivateCredentialCommand(
    uint AttestationKey, Authorization AttestationKeyAuthorization,
    uint EndorsementKey, Authorization EndorsementKeyAuthorization, CredentialBlob Credential) : ITpmCommand<ActivateCredentialResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.ActivateCredential;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(
        Code, [AttestationKey, EndorsementKey], [AttestationKeyAuthorization, EndorsementKeyAuthorization], (ref writer) =>
        {
            Credential.WriteIdObject(ref writer);
            writer.WriteSized(Credential.EncryptedSecret.Span);
        });

    /// <inheritdoc/>
    public bool TryParseResponse(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out ActivateCredentialResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 2, hasHandle: false, Read, out response, out error);

    private static ActivateCredentialResponse Read(ref TpmReader reader, uint handle) =>
        new(reader.ReadSized(TpmHash.MaxDigestBytes).ToArray());
}

/// <summary>What the credential protected.</summary>
/// <param name="Secret">The secret.</param>
public sealed record ActivateCredentialResponse(ReadOnlyMemory<byte> Secret);
