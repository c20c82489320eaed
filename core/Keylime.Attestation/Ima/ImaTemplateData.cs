using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Keylime.Attestation.Ima;

/// <summary>Rebuilds the bytes that the kernel hashed from the text of an entry: per field a <b>little-endian</b> length word and its bytes.</summary>
/// <remarks>Linux, security/integrity/ima/ima_template_lib.c. Decoded parts are handed back as slices of the rebuilt bytes.</remarks>
internal ref struct ImaTemplateData(Span<byte> buffer)
{
    /// <summary>What rebuilt bytes may exceed their text by: nine length words, terminators, numbers, and the padded name of the first template.</summary>
    public const int MaxFixedBytes = 320;

    private const int MaxHashNameBytes = 32;
    private const int MaxDigestBytes = 64;
    /// <summary>IMA_EVENT_NAME_LEN_MAX + 1: the first template holds its name zero-padded to this size.</summary>
    private const int FixedNameBytes = 256;

    private readonly Span<byte> _buffer = buffer;
    private int _length;

    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    /// <summary>The first template: digest and name at fixed sizes.</summary>
    public bool AddFixed(scoped ReadOnlySpan<byte> digestHex, scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> digest)
    {
        digest = default;
        if (digestHex.Length is not (32 or 40) || name.Length >= FixedNameBytes || !Decode(digestHex, out digest)) return false;
        var padded = _buffer.Slice(_length, FixedNameBytes);
        name.CopyTo(padded);
        padded[name.Length..].Clear();
        _length += FixedNameBytes;
        return true;
    }

    /// <summary><c>d-ng</c> and <c>d-ngv2</c>: <c>[type:]algorithm:</c>, a zero byte, the digest. Old lists leave the algorithm out: MD5 or SHA-1.</summary>
    public bool AddDigest(ReadOnlySpan<byte> text, bool typed, out ReadOnlySpan<byte> hashName, out ReadOnlySpan<byte> digest)
    {
        hashName = default;
        digest = default;
        var colon = text.LastIndexOf((byte)':');
        var hex = text[(colon + 1)..];
        if (hex.Length is 0 or > 2 * MaxDigestBytes) return false;
        var prefix = text[..(colon + 1)];
        if (colon < 0)
        {
            if (typed || hex.Length is not (32 or 40)) return false;
            prefix = hex.Length == 32 ? "md5:"u8 : "sha1:"u8;
        }
        hashName = prefix[..^1];
        if (typed)
        {
            var type = hashName.IndexOf((byte)':');
            if (type < 0 || !(hashName[..type].SequenceEqual("ima"u8) || hashName[..type].SequenceEqual("verity"u8))) return false;
            hashName = hashName[(type + 1)..];
        }
        if (hashName.Length is 0 or > MaxHashNameBytes || hashName.Contains((byte)':')) return false;
        AddLength(prefix.Length + 1 + hex.Length / 2);
        Add(prefix);
        Add([0]);
        return Decode(hex, out digest);
    }

    /// <summary><c>n-ng</c>: the name and a zero byte.</summary>
    public void AddName(scoped ReadOnlySpan<byte> name)
    {
        AddLength(name.Length + 1);
        Add(name);
        Add([0]);
    }

    /// <summary>A field of bytes: signature or buffer.</summary>
    public bool AddHex(scoped ReadOnlySpan<byte> hex, out ReadOnlySpan<byte> bytes)
    {
        AddLength(hex.Length / 2);
        return Decode(hex, out bytes);
    }

    /// <summary>A number in decimal, little-endian in the rebuilt bytes.</summary>
    public bool AddNumber(scoped ReadOnlySpan<byte> text, int sizeBytes, out uint number)
    {
        if (!Utf8Parser.TryParse(text, out number, out var used) || used != text.Length || (sizeBytes == sizeof(ushort) && number > ushort.MaxValue)) return false;
        AddLength(sizeBytes);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        Add(bytes[..sizeBytes]);
        return true;
    }

    private bool Decode(scoped ReadOnlySpan<byte> hex, out ReadOnlySpan<byte> bytes)
    {
        var start = _length;
        var status = Convert.FromHexString(hex, _buffer[start..], out _, out var written);
        _length += written;
        bytes = _buffer.Slice(start, written);
        return status == OperationStatus.Done;
    }

    private void AddLength(int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer[_length..], (uint)length);
        _length += sizeof(uint);
    }

    private void Add(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[_length..]);
        _length += bytes.Length;
    }
}
