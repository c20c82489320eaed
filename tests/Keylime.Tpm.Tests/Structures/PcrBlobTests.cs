using System.Buffers.Binary;
using Keylime.Testing;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Structures;

public sealed class PcrBlobTests
{
    private static readonly PcrSelection Sha1Pcr10 = new(TpmAlgorithm.Sha1, 1u << 10);
    private static readonly PcrSelection Sha256Pcrs = new(TpmAlgorithm.Sha256, 1u << 10 | 1u << 16);

    [VectorTheory]
    [InlineData("ecc-p256-ecdsa-sha256")]
    [InlineData("ecc-p384-ecdsa-sha384")]
    [InlineData("rsa2048-rsassa-sha256")]
    public void Reads_and_rewrites_the_blobs_of_tpm2_tools(string key)
    {
        foreach (var vector in Vectors.ReadJson($"tpm/quote/{key}/cases.json").GetProperty("cases").EnumerateArray())
        {
            var id = vector.GetProperty("id").GetString()!;
            if (!id.StartsWith("good-", StringComparison.Ordinal)) continue;
            var bytes = vector.GetProperty("pcrs").GetBytesFromBase64();
            Assert.True(PcrBlob.TryParse(bytes, out var blob, out var error), $"{id}: {error}");
            Assert.Equal(
                vector.GetProperty("pcr_values").EnumerateArray().SelectMany(bank => bank.GetProperty("pcrs").EnumerateObject(),
                    (bank, pcr) => $"{bank.GetProperty("bank")} {pcr.Name} {pcr.Value}"),
                blob.Values.Select(value => $"{value.Bank.ToHashName()} {value.Pcr} {Convert.ToHexStringLower(value.Value.Span)}"));
            // tpm2_quote writes a block even when it has nothing to put into it; we do not.
            if (blob.Values.Count > 0) Assert.Equal(bytes, blob.ToBytes());

            Assert.True(Attest.TryParse(vector.GetProperty("attest").GetBytesFromBase64(), out var attest, out _));
            Assert.True(Signature.TryParse(vector.GetProperty("sig").GetBytesFromBase64(), out var signature, out _));
            Assert.True(PcrSelection.SamePcrs(attest.Quote!.Pcrs, blob.Selections), id);
            Assert.Equal(Convert.ToHexString(attest.Quote.PcrDigest.Span), Convert.ToHexString(blob.ComputeDigest(signature.Hash)));
        }
    }

    [Fact]
    public void Reads_what_it_wrote()
    {
        var blob = TwoBanks();
        Assert.True(PcrBlob.TryParse(blob.ToBytes(), out var read, out _));
        Assert.Equal(blob.Selections, read.Selections);
        Assert.Equal(Dump(blob), Dump(read));
    }

    [Fact]
    public void Fills_blocks_of_eight()
    {
        var all = new PcrSelection(TpmAlgorithm.Sha1, 0xFFFFFF);
        var blob = new PcrBlob([all], [.. all.Pcrs.Select(pcr => Value(TpmAlgorithm.Sha1, pcr))]);
        var bytes = blob.ToBytes();
        Assert.Equal(136 + 3 * 532, bytes.Length);
        Assert.True(PcrBlob.TryParse(bytes, out var read, out _));
        Assert.Equal(Dump(blob), Dump(read));
    }

    [Fact]
    public void Finds_values_by_bank_and_number()
    {
        var blob = TwoBanks();
        Assert.True(blob.TryGetValue(TpmAlgorithm.Sha256, 16, out var value));
        Assert.Equal(32, value.Length);
        Assert.True(blob.TryGetValue(TpmAlgorithm.Sha1, 10, out value));
        Assert.Equal(20, value.Length);
        Assert.False(blob.TryGetValue(TpmAlgorithm.Sha1, 16, out _));
    }

    [Theory]
    [InlineData(0, 17u, ParseFault.TooMany, 4)]
    [InlineData(0, 0xFFFFFFFFu, ParseFault.TooMany, 4)]
    [InlineData(4, 0x04_04_000Bu, ParseFault.BadSize, 7)] // four select bytes
    [InlineData(4, 0x01_01_0004u, ParseFault.BadSize, 7)]
    [InlineData(4, 0x00_03_0012u, ParseFault.UnknownAlgorithm, 6)] // SM3 values cannot be checked
    [InlineData(4, 0x00_03_000Bu, ParseFault.Duplicate, 20)] // PCR 10 of SHA-256 twice
    [InlineData(4, 0x01_03_0004u, ParseFault.BadSize, 208)] // PCR 0 added: the second SHA-1 value has 32 bytes
    [InlineData(132, 0u, ParseFault.TrailingBytes, 136)]
    [InlineData(132, 2u, ParseFault.Truncated, 668)]
    [InlineData(132, 0xFFFFFFFFu, ParseFault.TooMany, 136)]
    [InlineData(140, 0u, ParseFault.BadSize, 208)] // first digest emptied: SHA-256 where SHA-1 belongs
    [InlineData(140, 0xFFFFu, ParseFault.BadSize, 142)]
    [InlineData(338, 32u, ParseFault.TooMany, 338)] // a fourth digest
    public void Rejects_malformed_images_and_says_where(int offset, uint value, ParseFault fault, int errorOffset)
    {
        var bytes = TwoBanks().ToBytes();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
        Assert.False(PcrBlob.TryParse(bytes, out _, out var error));
        Assert.Equal(new ParseError(fault, errorOffset), error);
    }

    [Fact]
    public void Rejects_a_selection_without_its_value()
    {
        var bytes = new PcrBlob([Sha256Pcrs], [Value(TpmAlgorithm.Sha256, 10)]).ToBytes();
        Assert.False(PcrBlob.TryParse(bytes, out _, out var error));
        Assert.Equal(new ParseError(ParseFault.Truncated, 668), error);
    }

    [Fact]
    public void Rejects_every_truncation() =>
        HostileBytes.AssertEveryTruncationIsRejected(Convert.ToHexString(TwoBanks().ToBytes()), Parse);

    [Fact]
    public void Judges_every_flip() => HostileBytes.AssertEveryFlipIsJudged(Convert.ToHexString(TwoBanks().ToBytes()), Parse);

    private static PcrBlob TwoBanks() => new(
        [Sha1Pcr10, Sha256Pcrs], [Value(TpmAlgorithm.Sha1, 10), Value(TpmAlgorithm.Sha256, 10), Value(TpmAlgorithm.Sha256, 16)]);

    private static PcrValue Value(TpmAlgorithm bank, int pcr) => new(bank, pcr, bank.HashData([(byte)pcr]));

    private static IEnumerable<string> Dump(PcrBlob blob) =>
        blob.Values.Select(value => $"{value.Bank} {value.Pcr} {Convert.ToHexString(value.Value.Span)}");

    private static bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        written = null;
        return PcrBlob.TryParse(source, out _, out error);
    }
}
