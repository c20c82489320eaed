using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>A challenge that only the TPM with the endorsement key and the named attestation key can answer, as
/// <c>tpm2_makecredential</c> writes it to a file.</summary>
/// <param name="Integrity">HMAC over the encrypted identity and the name of the attestation key.</param>
/// <param name="EncryptedIdentity">AES-CFB of the size and the secret.</param>
/// <param name="EncryptedSecret">The seed for the endorsement key: an OAEP ciphertext, or an ephemeral TPMS_ECC_POINT.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_ID_OBJECT (12.4.2) and TPM2B_ENCRYPTED_SECRET (11.4.33), behind the header of tpm2-tools.</remarks>
public sealed record CredentialBlob(
    ReadOnlyMemory<byte> Integrity, ReadOnlyMemory<byte> EncryptedIdentity, ReadOnlyMemory<byte> EncryptedSecret)
{
    /// <summary>Longest encrypted identity (a digest and its size), in bytes.</summary>
    public const int MaxIdentityBytes = 2 + TpmHash.MaxDigestBytes;
    /// <summary>Longest encrypted secret (an RSA-4096 ciphertext), in bytes.</summary>
    public const int MaxSecretBytes = RsaPublic.MaxKeyBits / 8;
    private const uint Magic = 0xBADCC0DE;
    private const uint Version = 1;

    /// <summary>Reads the file format; false, with the place of the fault, for anything else or anything more.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out CredentialBlob? blob, out ParseError error)
    {
        var reader = new TpmReader(source);
        blob = Read(ref reader);
        if (!reader.TryFinish(out error)) blob = null;
        return blob is not null;
    }

    /// <summary>The file format.</summary>
    public byte[] ToBytes()
    {
        var writer = new TpmWriter(stackalloc byte[TpmWriter.MaxBytes]);
        writer.WriteUInt32(Magic);
        writer.WriteUInt32(Version);
        WriteIdObject(ref writer);
        writer.WriteSized(EncryptedSecret.Span);
        return writer.Written.ToArray();
    }

    /// <summary>TPM2B_ID_OBJECT, whose inner parts are an HMAC with a size and an identity that fills the rest.</summary>
    internal void WriteIdObject(ref TpmWriter writer)
    {
        var start = writer.BeginSized();
        writer.WriteSized(Integrity.Span);
        writer.WriteBytes(EncryptedIdentity.Span);
        writer.EndSized(start);
    }

    private static CredentialBlob Read(ref TpmReader reader)
    {
        if (reader.ReadUInt32() != Magic) reader.Fail(ParseFault.BadMagic);
        if (reader.ReadUInt32() != Version) reader.Fail(ParseFault.BadType);
        var idObjectBytes = reader.ReadUInt16();
        var start = reader.Position;
        var integrity = reader.ReadSized(TpmHash.MaxDigestBytes);
        var identityBytes = idObjectBytes - (reader.Position - start);
        if (identityBytes < 0) reader.Fail(ParseFault.BadSize);
        if (identityBytes > MaxIdentityBytes) reader.Fail(ParseFault.TooLong);
        var identity = reader.Take(identityBytes);
        return new(integrity.ToArray(), identity.ToArray(), reader.ReadSized(MaxSecretBytes).ToArray());
    }
}
