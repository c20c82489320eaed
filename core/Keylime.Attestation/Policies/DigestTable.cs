using System.Buffers;
using System.Runtime.InteropServices;

namespace Keylime.Attestation.Policies;

/// <summary>What a table says of a name and a digest.</summary>
internal enum DigestMatch
{
    /// <summary>The name is not listed.</summary>
    UnknownName,
    /// <summary>The name is listed with other digests.</summary>
    OtherDigest,
    /// <summary>The name is listed with this digest.</summary>
    Listed,
}

/// <summary>Names (UTF-8) with their digests, in one block of bytes: a policy of a hundred thousand files is three arrays, not a hundred
/// thousand objects. Immutable once built; lookups allocate nothing.</summary>
internal sealed class DigestTable
{
    /// <summary>Digests follow the name as <c>u8 length, bytes</c>.</summary>
    private readonly record struct Entry(int Hash, int Offset, int NameLength, int DigestCount);

    private readonly byte[] _bytes;
    private readonly Entry[] _entries;
    /// <summary>Open addressing, linear probing; 0 is free, n is entry n - 1. At most half full.</summary>
    private readonly int[] _slots;

    private DigestTable(byte[] bytes, Entry[] entries, int[] slots) => (_bytes, _entries, _slots) = (bytes, entries, slots);

    public static DigestTable Empty { get; } = new Builder().Build();

    public int Count => _entries.Length;

    public DigestMatch Match(ReadOnlySpan<byte> name, ReadOnlySpan<byte> digest)
    {
        var entry = Find(name);
        if (entry < 0) return DigestMatch.UnknownName;
        var (_, offset, nameLength, count) = _entries[entry];
        var digests = _bytes.AsSpan(offset + nameLength);
        for (; count > 0; count--)
        {
            if (digests.Slice(1, digests[0]).SequenceEqual(digest)) return DigestMatch.Listed;
            digests = digests[(1 + digests[0])..];
        }
        return DigestMatch.OtherDigest;
    }

    /// <summary>The digests of a name in hex, for a message; at most four.</summary>
    public string Describe(ReadOnlySpan<byte> name)
    {
        var (_, offset, nameLength, count) = _entries[Find(name)];
        var digests = _bytes.AsSpan(offset + nameLength);
        var shown = new List<string>();
        for (var i = 0; i < Math.Min(count, 4); i++)
        {
            shown.Add(Convert.ToHexStringLower(digests.Slice(1, digests[0])));
            digests = digests[(1 + digests[0])..];
        }
        return string.Join(" or ", shown) + (count > 4 ? $" or {count - 4} others" : "");
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        var hash = HashOf(name);
        for (var slot = hash & (_slots.Length - 1); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            var entry = _entries[_slots[slot] - 1];
            if (entry.Hash == hash && _bytes.AsSpan(entry.Offset, entry.NameLength).SequenceEqual(name)) return _slots[slot] - 1;
        }
        return -1;
    }

    private static int HashOf(ReadOnlySpan<byte> name)
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        return hash.ToHashCode();
    }

    /// <summary>Collects names and digests in the order of the document.</summary>
    internal sealed class Builder
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1024);
        private readonly List<Entry> _entries = [];

        public void AddName(ReadOnlySpan<byte> name)
        {
            _entries.Add(new(HashOf(name), _bytes.WrittenCount, name.Length, 0));
            _bytes.Write(name);
        }

        /// <summary>Adds a digest (at most 255 bytes) to the name added last.</summary>
        public void AddDigest(ReadOnlySpan<byte> digest)
        {
            ref var last = ref CollectionsMarshal.AsSpan(_entries)[^1];
            last = last with { DigestCount = last.DigestCount + 1 };
            _bytes.GetSpan(1)[0] = (byte)digest.Length;
            _bytes.Advance(1);
            _bytes.Write(digest);
        }

        /// <summary>Builds the table; a name that was added twice is told by <paramref name="duplicate"/>.</summary>
        public DigestTable? TryBuild(out ReadOnlySpan<byte> duplicate)
        {
            var bytes = _bytes.WrittenSpan.ToArray();
            Entry[] entries = [.. _entries];
            var slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * entries.Length))];
            for (var i = 0; i < entries.Length; i++)
            {
                var name = bytes.AsSpan(entries[i].Offset, entries[i].NameLength);
                var slot = entries[i].Hash & (slots.Length - 1);
                for (; slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
                {
                    var other = entries[slots[slot] - 1];
                    if (other.Hash != entries[i].Hash || !bytes.AsSpan(other.Offset, other.NameLength).SequenceEqual(name)) continue;
                    duplicate = name;
                    return null;
                }
                slots[slot] = i + 1;
            }
            duplicate = default;
            return new(bytes, entries, slots);
        }

        public DigestTable Build() => TryBuild(out _) ?? throw new InvalidOperationException("A name was added twice.");
    }
}
