using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Keylime.Attestation.Ima;

/// <summary>A file's metadata as the template <c>evm-sig</c> holds it, with the portable signature over it. Its spans lie in the entry.</summary>
/// <remarks>Linux, security/integrity/evm/evm_crypto.c: the hash of the attributes' values and of <c>struct h_misc</c>, whose inode number and generation are zero in
/// signatures that may travel with the file.</remarks>
internal ref struct ImaMetadata
{
    /// <summary>sizeof(struct h_misc) on 64-bit machines: u64 inode, u32 generation, u32 owner, u32 group, u16 mode, padding.</summary>
    private const int MiscBytes = 24;
    private const byte Digest = 1;
    private const byte DigestWithAlgorithm = 4;

    private ReadOnlySpan<byte> _lengths;
    private ReadOnlySpan<byte> _values;
    private uint _userId;
    private uint _groupId;
    private uint _mode;

    /// <summary>Names of the attributes, joined by <c>|</c>.</summary>
    public ReadOnlySpan<byte> Names { get; set; }

    /// <summary>The portable signature; empty for none.</summary>
    public ReadOnlySpan<byte> Signature { get; private set; }

    public string? Set(ImaField field, uint number)
    {
        if (field == ImaField.UserId) _userId = number;
        else if (field == ImaField.GroupId) _groupId = number;
        else _mode = number;
        return null;
    }

    public void Set(ImaField field, ReadOnlySpan<byte> bytes)
    {
        if (field == ImaField.MetadataSignature) Signature = bytes;
        else if (field == ImaField.AttributeLengths) _lengths = bytes;
        else if (field == ImaField.AttributeValues) _values = bytes;
    }

    /// <summary>Hashes what the signature is over.</summary>
    public readonly int Hash(HashAlgorithmName hash, Span<byte> digest)
    {
        Span<byte> misc = stackalloc byte[MiscBytes];
        misc.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(misc[12..], _userId);
        BinaryPrimitives.WriteUInt32LittleEndian(misc[16..], _groupId);
        BinaryPrimitives.WriteUInt16LittleEndian(misc[20..], (ushort)_mode);
        using var hashing = IncrementalHash.CreateHash(hash);
        hashing.AppendData(_values);
        hashing.AppendData(misc);
        return hashing.GetHashAndReset(digest);
    }

    /// <summary>Whether the attribute <c>security.ima</c> holds the digest: only then does the signature over it vouch for the file's content.</summary>
    public readonly bool Binds(ReadOnlySpan<byte> hashName, ReadOnlySpan<byte> fileDigest)
    {
        if (!TryFind("security.ima"u8, out var value)) return false;
        if (value is [Digest, .. var plain]) return hashName.SequenceEqual("sha1"u8) && plain.SequenceEqual(fileDigest);
        return value is [DigestWithAlgorithm, var id, .. var digest] && ImaHash.TryFind(id, out var hash) && ImaHash.TryFind(hashName, out var named, out _) && hash == named && digest.SequenceEqual(fileDigest);
    }

    private readonly bool TryFind(ReadOnlySpan<byte> wanted, out ReadOnlySpan<byte> value)
    {
        var names = Names;
        var lengths = _lengths;
        var values = _values;
        value = default;
        while (lengths.Length >= sizeof(uint))
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(lengths);
            var end = names.IndexOf((byte)'|');
            if (length > values.Length) return false;
            if ((end < 0 ? names : names[..end]).SequenceEqual(wanted))
            {
                value = values[..(int)length];
                return true;
            }
            names = end < 0 ? default : names[(end + 1)..];
            lengths = lengths[sizeof(uint)..];
            values = values[(int)length..];
        }
        return false;
    }
}
