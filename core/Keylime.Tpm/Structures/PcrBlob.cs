using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Keylime.Tpm.Structures;

/// <summary>PCR values as tpm2-tools serialises them: a <b>little-endian</b> memory image of a TPML_PCR_SELECTION, a count and that
/// many TPML_DIGEST. Nothing in it is signed; a quote's selection and digest decide whether it is believed.</summary>
/// <param name="Selections">The selected PCRs, in the order of the values.</param>
/// <param name="Values">One value for each selected PCR: bank by bank in list order, ascending within a bank.</param>
/// <remarks>tpm2-tools, pcrs_format <c>serialized</c>. Entries beyond the counts are padding and are not looked at.</remarks>
public sealed record PcrBlob(IReadOnlyList<PcrSelection> Selections, IReadOnlyList<PcrValue> Values)
{
    /// <summary>Longest blob: every PCR of every bank, a block for each.</summary>
    public const int MaxBytes = HeadBytes + MaxBlocks * BlockBytes;
    private const int SelectionBytes = 8;
    private const int BlockCountOffset = 4 + PcrSelection.MaxBanks * SelectionBytes;
    private const int HeadBytes = BlockCountOffset + 4;
    private const int DigestsPerBlock = 8;
    private const int DigestBytes = 2 + TpmHash.MaxDigestBytes;
    private const int BlockBytes = 4 + DigestsPerBlock * DigestBytes;
    private const int MaxBlocks = 64;

    /// <summary>Reads the image; false, with the place of the fault, for anything else or anything more.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PcrBlob? blob, out ParseError error)
    {
        blob = null;
        if (!TryReadSelections(source, out var selections, out error)) return false;
        if (!TryReadValues(source, selections, out var values, out error)) return false;
        blob = new(selections, values);
        return true;
    }

    /// <summary>The image, with its blocks filled up: eight values each, the last with the rest.</summary>
    /// <exception cref="ArgumentException">The values do not belong to the selections.</exception>
    public byte[] ToBytes()
    {
        var blocks = (Values.Count + DigestsPerBlock - 1) / DigestsPerBlock;
        var image = new byte[HeadBytes + blocks * BlockBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(image, (uint)Selections.Count);
        for (var i = 0; i < Selections.Count; i++)
        {
            var entry = image.AsSpan(4 + i * SelectionBytes, SelectionBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)Selections[i].Bank);
            entry[2] = PcrSelection.UsualSelectBytes;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[3..], Selections[i].Mask);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(BlockCountOffset), (uint)blocks);
        for (var i = 0; i < Values.Count; i++)
        {
            var block = image.AsSpan(HeadBytes + i / DigestsPerBlock * BlockBytes, BlockBytes);
            var slot = i % DigestsPerBlock;
            BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)slot + 1);
            var digest = block[(4 + slot * DigestBytes)..];
            BinaryPrimitives.WriteUInt16LittleEndian(digest, (ushort)Values[i].Value.Length);
            Values[i].Value.Span.CopyTo(digest[2..]);
        }
        return image;
    }

    /// <summary>The digest that a quote over these values holds: of all values, in order.</summary>
    public byte[] ComputeDigest(TpmAlgorithm hash)
    {
        using var digest = IncrementalHash.CreateHash(hash.ToHashAlgorithmName());
        foreach (var value in Values) digest.AppendData(value.Value.Span);
        return digest.GetHashAndReset();
    }

    /// <summary>The value of one PCR; false when the blob does not hold it.</summary>
    public bool TryGetValue(TpmAlgorithm bank, int pcr, out ReadOnlyMemory<byte> value)
    {
        value = default;
        foreach (var candidate in Values)
        {
            if (candidate.Bank != bank || candidate.Pcr != pcr) continue;
            value = candidate.Value;
            return true;
        }
        return false;
    }

    private static bool TryReadSelections(ReadOnlySpan<byte> source, out PcrSelection[] selections, out ParseError error)
    {
        (selections, error) = ([], default);
        if (source.Length < HeadBytes) return Fail(ParseFault.Truncated, source.Length, out error);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (count > PcrSelection.MaxBanks) return Fail(ParseFault.TooMany, 4, out error);
        selections = new PcrSelection[count];
        for (var i = 0; i < selections.Length; i++)
        {
            var offset = 4 + i * SelectionBytes;
            var bank = (TpmAlgorithm)BinaryPrimitives.ReadUInt16LittleEndian(source[offset..]);
            var bytes = source[offset + 2];
            if (bytes is not (0 or PcrSelection.UsualSelectBytes)) return Fail(ParseFault.BadSize, offset + 3, out error);
            var mask = bytes == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(source[(offset + 3)..]) & 0xFFFFFF;
            if (mask != 0 && !bank.IsHash()) return Fail(ParseFault.UnknownAlgorithm, offset + 2, out error);
            // A PCR that were named twice would have two values, and the quote's digest cannot tell which is meant.
            foreach (var earlier in selections.AsSpan(0, i))
                if (earlier.Bank == bank && (earlier.Mask & mask) != 0)
                    return Fail(ParseFault.Duplicate, offset + SelectionBytes, out error);
            selections[i] = new(bank, mask, bytes);
        }
        return true;
    }

    private static bool TryReadValues(
        ReadOnlySpan<byte> source, PcrSelection[] selections, out PcrValue[] values, out ParseError error)
    {
        values = [];
        var blocks = BinaryPrimitives.ReadUInt32LittleEndian(source[BlockCountOffset..]);
        if (blocks > MaxBlocks) return Fail(ParseFault.TooMany, HeadBytes, out error);
        var end = HeadBytes + (int)blocks * BlockBytes;
        if (source.Length < end) return Fail(ParseFault.Truncated, source.Length, out error);
        if (source.Length > end) return Fail(ParseFault.TrailingBytes, end, out error);

        var wanted = Slots(selections);
        var found = 0;
        for (var block = HeadBytes; block < end; block += BlockBytes)
            for (var offset = block + 4; offset < block + BlockBytes; offset += DigestBytes)
            {
                // The block's own count is redundant and other readers do not look at it: an empty digest marks an unused slot.
                var length = BinaryPrimitives.ReadUInt16LittleEndian(source[offset..]);
                if (length == 0) continue;
                if (found == wanted.Length) return Fail(ParseFault.TooMany, offset, out error);
                if (length != wanted[found].Bank.DigestBytes()) return Fail(ParseFault.BadSize, offset + 2, out error);
                wanted[found] = wanted[found] with { Value = source.Slice(offset + 2, length).ToArray() };
                found++;
            }
        if (found != wanted.Length) return Fail(ParseFault.Truncated, end, out error);
        values = wanted;
        error = default;
        return true;
    }

    private static PcrValue[] Slots(PcrSelection[] selections) =>
        [.. selections.SelectMany(selection => selection.Pcrs, (selection, pcr) => new PcrValue(selection.Bank, pcr, default))];

    private static bool Fail(ParseFault fault, int offset, out ParseError error)
    {
        error = new(fault, offset);
        return false;
    }
}
