using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Keylime.Tpm.Credentials;

/// <summary>The TPM's two key derivation functions.</summary>
internal static class KeyDerivation
{
    /// <summary>KDFa: SP 800-108 counter mode with HMAC.</summary>
    /// <remarks>TPM 2.0 Part 1, KDFa (11.4.10.2). The label's terminating zero is the separator of SP 800-108.</remarks>
    public static byte[] KdfA(
        TpmAlgorithm hash, ReadOnlySpan<byte> key, string label, ReadOnlySpan<byte> contextU, ReadOnlySpan<byte> contextV, int bits)
    {
        using var hmac = IncrementalHash.CreateHMAC(hash.ToHashAlgorithmName(), key);
        var derived = new byte[bits / 8];
        Span<byte> number = stackalloc byte[sizeof(uint)];
        for (var (counter, done) = (1u, 0); done < derived.Length; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(number, counter);
            hmac.AppendData(number);
            AppendLabel(hmac, label);
            hmac.AppendData(contextU);
            hmac.AppendData(contextV);
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)bits);
            hmac.AppendData(number);
            done += CopyBlock(hmac, derived.AsSpan(done));
        }
        return derived;
    }

    /// <summary>KDFe: SP 800-56A one-step derivation from an ECDH secret.</summary>
    /// <remarks>TPM 2.0 Part 1, KDFe for ECDH (11.4.10.3).</remarks>
    public static byte[] KdfE(
        TpmAlgorithm hash, ReadOnlySpan<byte> z, string label, ReadOnlySpan<byte> partyU, ReadOnlySpan<byte> partyV, int bits)
    {
        using var digest = IncrementalHash.CreateHash(hash.ToHashAlgorithmName());
        var derived = new byte[bits / 8];
        Span<byte> number = stackalloc byte[sizeof(uint)];
        for (var (counter, done) = (1u, 0); done < derived.Length; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(number, counter);
            digest.AppendData(number);
            digest.AppendData(z);
            AppendLabel(digest, label);
            digest.AppendData(partyU);
            digest.AppendData(partyV);
            done += CopyBlock(digest, derived.AsSpan(done));
        }
        return derived;
    }

    private static void AppendLabel(IncrementalHash hash, string label)
    {
        hash.AppendData(Encoding.ASCII.GetBytes(label));
        hash.AppendData([0]);
    }

    private static int CopyBlock(IncrementalHash hash, Span<byte> destination)
    {
        Span<byte> block = stackalloc byte[TpmHash.MaxDigestBytes];
        block = block[..hash.GetHashAndReset(block)];
        var length = Math.Min(block.Length, destination.Length);
        block[..length].CopyTo(destination);
        return length;
    }
}
