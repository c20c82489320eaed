using System.Security.Cryptography;
using System.Text;
using Keylime.Tpm;

namespace Keylime.Attestation.Quotes;

/// <summary>PCR 16 binds the agent's payload key to its quote: the agent resets it and extends it with the hash of the key's text.</summary>
internal static class PayloadKeyBinding
{
    public const int Pcr = 16;

    /// <summary>The value that PCR 16 has for this key.</summary>
    public static byte[] ExpectedPcr(TpmAlgorithm bank, string publicKeyText)
    {
        var value = new byte[bank.DigestBytes()];
        bank.Extend(value, CryptographicOperations.HashData(bank.ToHashAlgorithmName(), Encoding.UTF8.GetBytes(publicKeyText)));
        return value;
    }
}
