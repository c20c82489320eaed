using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Keylime.Agent.Payload;

/// <summary>The RSA key that U and V are sent under. Its public text is bound into PCR 16 of every quote, so a peer that trusts the quote may trust the key.</summary>
internal sealed class PayloadKey : IDisposable
{
    private readonly Lock _gate = new();
    private readonly RSA _key;

    public PayloadKey(RSA key)
    {
        _key = key;
        // As OpenSSL prints it, final newline included: verifiers hash this text.
        PublicPem = key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    public string PublicPem { get; }

    /// <summary>Opens what a peer encrypted: RSA-OAEP with SHA-1, as Keylime's protocol has it (OAEP does not rest on collision resistance).</summary>
    public bool TryDecrypt(byte[] ciphertext, [NotNullWhen(true)] out byte[]? plaintext)
    {
        plaintext = null;
        try
        {
            lock (_gate) plaintext = _key.Decrypt(ciphertext, RSAEncryptionPadding.OaepSHA1);
        }
        catch (CryptographicException)
        {
            // Not under our key. The caller answers 400; the reason would only help somebody who guesses.
        }
        return plaintext is not null;
    }

    public void Dispose() => _key.Dispose();
}
