using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Keylime.Attestation.Ima;

/// <summary>A file signature as it stands in the extended attribute <c>security.ima</c>:
/// <c>u8 type, u8 version, u8 hash, u32be key id, u16be size, signature</c>.</summary>
/// <remarks>Linux, security/integrity/integrity.h, signature_v2_hdr.</remarks>
internal readonly ref struct ImaSignature
{
    private const int HeaderBytes = 9;
    private const byte FileDigest = 3;
    private const byte PortableEvm = 5;
    private const byte Verity = 6;

    private readonly byte _type;
    private readonly byte _hashId;
    private readonly HashAlgorithmName _hash;
    private readonly ReadOnlySpan<byte> _signature;

    private ImaSignature(ReadOnlySpan<byte> source, HashAlgorithmName hash)
    {
        (_type, _hashId, _hash) = (source[0], source[2], hash);
        KeyId = BinaryPrimitives.ReadUInt32BigEndian(source[3..]);
        _signature = source[HeaderBytes..];
    }

    public uint KeyId { get; }

    /// <summary>What was hashed for it.</summary>
    public HashAlgorithmName Hash => _hash;

    /// <summary>Whether it is over a file's metadata.</summary>
    public bool IsOfMetadata => _type == PortableEvm;

    /// <summary>Reads the entry's signature if it can be one of its digest: of that kind, hash and length. One over metadata is not, though kernels put it there for
    /// files that have no other.</summary>
    public static bool TryParse(scoped in ImaEntry entry, out ImaSignature signature) =>
        TryParse(entry.Signature, out signature) && ImaHash.TryFind(entry.HashName, out var hash, out var size) && signature._hash == hash && entry.Digest.Length == size
        && signature._type switch
        {
            FileDigest => entry.IsVerity is not true,
            Verity => entry.IsVerity is not false,
            _ => false,
        };

    /// <summary>Reads a signature.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out ImaSignature signature)
    {
        signature = default;
        if (source.Length <= HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(source[7..]) != source.Length - HeaderBytes) return false;
        // fs-verity signatures are version 3, all others version 2.
        if (!(source[0] is FileDigest or PortableEvm && source[1] == 2) && !(source[0] == Verity && source[1] == 3)) return false;
        if (!ImaHash.TryFind(source[2], out var hash)) return false;
        signature = new(source, hash);
        return true;
    }

    public bool IsBy(ImaKey key, ReadOnlySpan<byte> fileDigest)
    {
        if (_type != Verity) return key.Verify(_hash, fileDigest, _signature);
        // Version 3 signs what the digest is, too, so that a verity digest cannot stand in for a file's: the hash of type, algorithm and digest.
        Span<byte> statement = stackalloc byte[2 + SHA512.HashSizeInBytes];
        (statement[0], statement[1]) = (_type, _hashId);
        fileDigest.CopyTo(statement[2..]);
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        var length = CryptographicOperations.HashData(_hash, statement[..(2 + fileDigest.Length)], digest);
        return key.Verify(_hash, digest[..length], _signature);
    }
}
