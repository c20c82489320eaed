using System.Security.Cryptography;

namespace Keylime.Attestation.Ima;

/// <summary>Hashes one message after another in one context. For messages as short as the entries of a list, making a context costs about as much as
/// hashing; an answer without new entries never makes one.</summary>
internal sealed class ReusedHash(HashAlgorithmName algorithm) : IDisposable
{
    private IncrementalHash? _context;

    /// <summary>Writes the digest of <paramref name="data"/>, which may lie where the digest goes.</summary>
    public void Compute(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        var context = _context ??= IncrementalHash.CreateHash(algorithm);
        context.AppendData(data);
        context.GetHashAndReset(digest);
    }

    public void Dispose() => _context?.Dispose();
}
