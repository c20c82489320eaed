using System.Buffers.Binary;

namespace Keylime.Protocol.Payloads;

/// <summary>GHASH of NIST SP 800-38D, section 6.4: the universal hash inside GCM. Blocks are big-endian; no branch depends on the key.</summary>
internal ref struct GHash(UInt128 key)
{
    // R of section 6.3: x^128 + x^7 + x^2 + x + 1, bits reflected.
    private static readonly UInt128 Reduction = new(0xE1UL << 56, 0);

    private readonly UInt128 _key = key;

    public UInt128 Value { get; private set; }

    /// <summary>Adds bytes, padded with zeros to whole blocks.</summary>
    public void Add(ReadOnlySpan<byte> data)
    {
        Span<byte> last = stackalloc byte[16];
        for (; data.Length >= 16; data = data[16..]) AddBlock(ReadBlock(data));
        if (data.IsEmpty) return;
        last.Clear();
        data.CopyTo(last);
        AddBlock(ReadBlock(last));
    }

    /// <summary>Adds the closing block of the two lengths, in bits.</summary>
    public void AddLengths(ulong first, ulong second) => AddBlock(new(first, second));

    public static UInt128 ReadBlock(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt128BigEndian(block);

    public static void WriteBlock(UInt128 value, Span<byte> block) => BinaryPrimitives.WriteUInt128BigEndian(block, value);

    private void AddBlock(UInt128 block)
    {
        var x = Value ^ block;
        var v = _key;
        var product = UInt128.Zero;
        for (var i = 127; i >= 0; i--)
        {
            product ^= v & MaskOf(x >> i);
            v = (v >> 1) ^ (Reduction & MaskOf(v));
        }
        Value = product;
    }

    // All ones when the lowest bit is set.
    private static UInt128 MaskOf(UInt128 bits) => UInt128.Zero - (bits & UInt128.One);
}
