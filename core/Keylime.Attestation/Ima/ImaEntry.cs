using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Keylime.Attestation.Ima;

/// <summary>One entry of an IMA list. Its spans lie in the line and in the buffer that it was parsed into.</summary>
/// <remarks>Line: <c>pcr SP template-hash SP template SP fields</c>, in hex where the kernel holds bytes.</remarks>
internal ref struct ImaEntry
{
    /// <summary>Longest line that is read. Measured buffers (keys, device-mapper tables) are a few kilobytes.</summary>
    public const int MaxLineBytes = 1024 * 1024;

    /// <summary>PCR column.</summary>
    public int Pcr { get; private set; }
    /// <summary>Template hash column, in hex.</summary>
    public ReadOnlySpan<byte> TemplateHashHex { get; private set; }
    public ImaTemplate Template { get; private set; }
    /// <summary>The bytes that were hashed into the PCR.</summary>
    public ReadOnlySpan<byte> TemplateData { get; private set; }
    /// <summary>Name of the digest's algorithm, as written: <c>sha256</c>.</summary>
    public ReadOnlySpan<byte> HashName { get; private set; }
    /// <summary>Digest of the file or buffer.</summary>
    public ReadOnlySpan<byte> Digest { get; private set; }
    /// <summary>Whether the digest is that of fs-verity; null in templates that do not tell.</summary>
    public bool? IsVerity { get; private set; }
    /// <summary>Path of the file, or name of the key ring or buffer, UTF-8.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }
    /// <summary>File signature; empty for none.</summary>
    public ReadOnlySpan<byte> Signature { get; private set; }
    /// <summary>Signature over the file's metadata, and the metadata, of entries that have them.</summary>
    public ImaMetadata Metadata { get; private set; }
    /// <summary>The measured buffer itself, of entries that have one.</summary>
    public ReadOnlySpan<byte> Buffer { get; private set; }

    /// <summary>An all-zero template hash: the kernel saw the file being written while it was measured.</summary>
    public readonly bool IsViolation => !TemplateHashHex.ContainsAnyExcept((byte)'0');

    /// <summary>Whether the buffer hashes to the entry's digest, by an algorithm that can be computed here.</summary>
    public readonly bool BufferHasDigest()
    {
        if (!ImaHash.TryFind(HashName, out var hash, out var size) || Digest.Length != size) return false;
        Span<byte> computed = stackalloc byte[SHA512.HashSizeInBytes];
        CryptographicOperations.HashData(hash, Buffer, computed);
        return computed[..size].SequenceEqual(Digest);
    }

    /// <summary>Length of the buffer that parsing a line needs.</summary>
    public static int ScratchBytes(int lineBytes) => lineBytes + ImaTemplateData.MaxFixedBytes;

    /// <summary>Parses a line; on failure <paramref name="fault"/> says why, for people.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, Span<byte> scratch, out ImaEntry entry, out string? fault)
    {
        entry = default;
        fault = entry.Read(line, scratch);
        return fault is null;
    }

    private string? Read(ReadOnlySpan<byte> line, Span<byte> scratch)
    {
        if (line.Length > MaxLineBytes) return $"is longer than {MaxLineBytes} bytes";
        var pcr = TakeToken(ref line);
        if (!Utf8Parser.TryParse(pcr, out uint number, out var used) || used != pcr.Length || number > 31) return "does not begin with a PCR number";
        Pcr = (int)number;
        TemplateHashHex = TakeToken(ref line);
        if (TemplateHashHex.Length is not (32 or 40 or 64 or 96 or 128) || TemplateHashHex.ContainsAnyExcept(HexDigits))
            return "has a template hash that is not a hex digest";
        var template = TakeToken(ref line);
        if (ImaTemplate.Find(template) is not { } known) return $"has the unknown template {DisplayText.Of(template)}";
        Template = known;
        return ReadFields(line, new ImaTemplateData(scratch));
    }

    private string? ReadFields(ReadOnlySpan<byte> text, ImaTemplateData data)
    {
        for (var i = 0; i < Template.LeadingTexts; i++) data.AddName(TakeToken(ref text));
        var digestText = TakeToken(ref text);
        var metadata = new ImaMetadata();
        var trailing = Template.Fields[2..];
        Span<Range> ranges = stackalloc Range[ImaTemplate.MaxFields];
        Name = SplitTrailing(text, trailing.Length, ranges);
        if (Name.IsEmpty) return "has no name, or lacks a field";
        // A kernel's names end there. The template's name is not hashed: with zero bytes in it, a name could hold the fields of another template.
        if (Name.Contains((byte)0)) return "has a zero byte in its name";
        if (Template == ImaTemplate.Ima)
        {
            if (!data.AddFixed(digestText, Name, out var plain)) return "has a digest that is not 16 or 20 hex bytes, or a name over 255 bytes";
            Digest = plain;
            HashName = plain.Length == 16 ? "md5"u8 : "sha1"u8;
        }
        else
        {
            var isTyped = Template.Fields[0] == ImaField.TypedDigest;
            if (!data.AddDigest(digestText, isTyped, out var hashName, out var digest)) return "has a malformed digest";
            IsVerity = isTyped ? digestText.StartsWith("verity:"u8) : null;
            HashName = hashName;
            Digest = digest;
            data.AddName(Name);
            for (var i = 0; i < trailing.Length; i++)
                if (ReadTrailing(trailing[i], text[ranges[i]], ref data, ref metadata) is { } fault) return fault;
            Metadata = metadata;
        }
        TemplateData = data.Written;
        return null;
    }

    private string? ReadTrailing(ImaField field, ReadOnlySpan<byte> text, ref ImaTemplateData data, ref ImaMetadata metadata)
    {
        switch (field)
        {
            case ImaField.ModuleDigest when !text.IsEmpty:
                return data.AddDigest(text, typed: false, out _, out _) ? null : "has a malformed module digest";
            // The kernel hands the names' own terminator to the hash, and nothing at all for a file without attributes.
            case ImaField.AttributeNames when !text.IsEmpty:
                data.AddName(text);
                metadata.Names = text;
                return null;
            case ImaField.UserId or ImaField.GroupId or ImaField.Mode when !text.IsEmpty:
                return data.AddNumber(text, field == ImaField.Mode ? sizeof(ushort) : sizeof(uint), out var number) ? metadata.Set(field, number) : "has an owner, group or mode that is not a number";
        }
        if (!data.AddHex(text, out var bytes)) return "has a signature, attribute or buffer that is not hex";
        if (field == ImaField.Signature) Signature = bytes;
        else if (field == ImaField.Buffer) Buffer = bytes;
        else metadata.Set(field, bytes);
        return null;
    }

    /// <summary>Names may hold spaces, the fields after them do not: those are split off from the end.</summary>
    /// <returns>The name.</returns>
    private static ReadOnlySpan<byte> SplitTrailing(ReadOnlySpan<byte> text, int count, scoped Span<Range> ranges)
    {
        var end = text.Length;
        for (var i = count - 1; i >= 0; i--)
        {
            var space = text[..end].LastIndexOf((byte)' ');
            if (space < 0) return default; // The kernel writes the separator of an empty field, too: an entry without it was cut.
            ranges[i] = (space + 1)..end;
            end = space;
        }
        return text[..end];
    }

    private static ReadOnlySpan<byte> TakeToken(scoped ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        var token = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return token;
    }

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);
}
