using System.Security.Cryptography;

namespace Keylime.Verifier.Attestation;

/// <summary>The freshness value of one quote request: 20 characters, 119 bits, never used twice and never written to a log.</summary>
internal static class Nonce
{
    private const int Length = 20;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static string Create() => RandomNumberGenerator.GetString(Alphabet, Length);
}
