using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Agent.Payload;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;

namespace Keylime.Agent.Revocation;

/// <summary>The signature of a revocation message: RSA-PSS with SHA-256 over the text's bytes, in base64.</summary>
internal static class RevocationSignature
{
    public static bool Verify(X509Certificate2 signer, string message, string signature)
    {
        if (!Base64Text.TryDecode(signature, out var bytes)) return false;
        try
        {
            using var key = signer.GetRSAPublicKey();
            return key is not null && RsaPss.Verify(key.ExportParameters(includePrivateParameters: false), TpmAlgorithm.Sha256, Encoding.UTF8.GetBytes(message), bytes);
        }
        // A certificate is read without a look at its key, which can be anything.
        catch (CryptographicException) { return false; }
    }
}
