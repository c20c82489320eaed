using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Keylime.FleetSimulator.Machines;
using Keylime.Tpm;

namespace Keylime.FleetSimulator.Payload;

/// <summary>The key that U and V are sent under. Its text is bound into PCR 16; its private half is made when somebody sends something.</summary>
internal sealed class PayloadKey
{
    private readonly Lock _gate = new();
    private readonly RsaKeys _keys;
    private readonly int _index;

    public PayloadKey(RsaKeys keys, int index)
    {
        (_keys, _index) = (keys, index);
        using var key = RSA.Create(keys.PublicOf(index));
        // As OpenSSL prints it, final newline included: verifiers hash this text.
        PublicPem = key.ExportSubjectPublicKeyInfoPem() + "\n";
        JsonText = Encoding.UTF8.GetBytes(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(PublicPem));
        var pcr = new byte[32];
        TpmAlgorithm.Sha256.Extend(pcr, SHA256.HashData(Encoding.UTF8.GetBytes(PublicPem)));
        Pcr = pcr;
    }

    public string PublicPem { get; }

    /// <summary>The PEM text as the inside of a JSON string.</summary>
    public byte[] JsonText { get; }

    /// <summary>PCR 16 of the SHA-256 bank.</summary>
    public ReadOnlyMemory<byte> Pcr { get; }

    /// <summary>Opens what a peer encrypted: OAEP with SHA-1, as Keylime's protocol has it. Null when it is not for this key.</summary>
    public byte[]? Decrypt(byte[] ciphertext)
    {
        lock (_gate)
        {
            using var key = RSA.Create(_keys.PrivateOf(_index));
            try { return key.Decrypt(ciphertext, RSAEncryptionPadding.OaepSHA1); }
            catch (CryptographicException) { return null; }
        }
    }
}
