using System.Security.Cryptography;
using Keylime.Tpm;

namespace Keylime.Attestation.Ima;

/// <summary>PCR 10 in the making: extends entry by entry, as the kernel did.</summary>
internal ref struct ImaReplay
{
    private readonly ReusedHash _bankHash;
    private readonly ReusedHash _logHash;
    private readonly int _size;
    private readonly int _logHashSize;
    private readonly bool _padsSha1;
    /// <summary>The PCR value, followed by what it is extended with.</summary>
    private readonly Span<byte> _joined;

    /// <param name="bank">Bank of the PCR.</param>
    /// <param name="logHash">Algorithm of the list's template hash column.</param>
    /// <param name="padsSha1">Kernels before 5.8 extend every bank with the SHA-1 template hash, zero-padded.</param>
    /// <param name="start">Value to start from; empty for that of a boot.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>.</param>
    public ImaReplay(TpmAlgorithm bank, TpmAlgorithm logHash, bool padsSha1, ReadOnlySpan<byte> start, Span<byte> scratch)
    {
        (_bankHash, _size) = (new(bank.ToHashAlgorithmName()), bank.DigestBytes());
        (_logHash, _logHashSize) = (bank == logHash ? _bankHash : new(logHash.ToHashAlgorithmName()), logHash.DigestBytes());
        _padsSha1 = padsSha1;
        _joined = scratch[..(2 * _size)];
        _joined.Clear();
        start.CopyTo(_joined);
    }

    public const int ScratchBytes = 2 * TpmHash.MaxDigestBytes;

    /// <summary>The PCR's value now.</summary>
    public readonly ReadOnlySpan<byte> Value => _joined[.._size];

    /// <summary>Extends the PCR with a violation.</summary>
    public readonly void ExtendViolation()
    {
        var digest = _joined[_size..];
        digest.Clear();
        digest[..(_padsSha1 ? SHA1.HashSizeInBytes : _size)].Fill(0xFF);
        Extend();
    }

    /// <summary>Extends the PCR with the entry; false when the entry's template hash is not that of its data.</summary>
    public readonly bool Extend(in ImaEntry entry)
    {
        Span<byte> logged = stackalloc byte[TpmHash.MaxDigestBytes];
        Span<byte> computed = stackalloc byte[TpmHash.MaxDigestBytes];
        _logHash.Compute(entry.TemplateData, computed);
        var isOwn = entry.TemplateHashHex.Length == 2 * _logHashSize;
        if (isOwn)
        {
            Convert.FromHexString(entry.TemplateHashHex, logged, out _, out _);
            isOwn = logged[.._logHashSize].SequenceEqual(computed[.._logHashSize]);
        }

        var digest = _joined[_size..];
        if (_padsSha1)
        {
            digest.Clear();
            SHA1.HashData(entry.TemplateData, digest);
        }
        else if (_bankHash == _logHash) computed[.._size].CopyTo(digest);
        else _bankHash.Compute(entry.TemplateData, digest);
        Extend();
        return isOwn;
    }

    /// <summary>Frees the hashes' contexts.</summary>
    public readonly void Dispose()
    {
        _bankHash.Dispose();
        _logHash.Dispose();
    }

    private readonly void Extend() => _bankHash.Compute(_joined, _joined);
}
