using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Structures;

public sealed class QuoteInfoTests
{
    private const string Selection = "00000002" + "0004" + "03" + "000400" + "000B" + "03" + "000401";
    private const string Digest = "0020" + "2994852DB1B95D18A65617FE42489CB7F224BC40589A2DE8622E0E1BC9A8A73B";

    [Fact]
    public void Reads_banks_and_digest()
    {
        Assert.True(QuoteInfo.TryParse(Convert.FromHexString(Selection + Digest), out var quote, out _));
        Assert.Equal([new(TpmAlgorithm.Sha1, 1u << 10), new(TpmAlgorithm.Sha256, 1u << 10 | 1u << 16)], quote.Pcrs);
        Assert.Equal(Digest[4..], Convert.ToHexString(quote.PcrDigest.Span));
    }

    [Theory]
    [InlineData("FFFFFFFF", ParseFault.TooMany, 4)]
    [InlineData("00000011", ParseFault.TooMany, 4)]
    [InlineData("00000001" + "000B" + "05", ParseFault.TooLong, 7)]
    [InlineData("00000000" + "0041", ParseFault.TooLong, 6)]
    [InlineData("00000000" + "0020" + "00", ParseFault.Truncated, 6)]
    [InlineData("00000000" + "0000" + "FF", ParseFault.TrailingBytes, 6)]
    public void Rejects_malformed_bytes_and_says_where(string hex, ParseFault fault, int offset)
    {
        Assert.False(QuoteInfo.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(fault, offset), error);
    }

    [Fact]
    public void Rejects_every_truncation() => HostileBytes.AssertEveryTruncationIsRejected(Selection + Digest, Parse);

    [Fact]
    public void Judges_every_flip() => HostileBytes.AssertEveryFlipIsJudged(Selection + Digest, Parse);

    private static bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        written = null;
        if (!QuoteInfo.TryParse(source, out var quote, out error)) return false;
        var writer = new TpmWriter(new byte[TpmWriter.MaxBytes]);
        quote.Write(ref writer);
        written = writer.Written.ToArray();
        return true;
    }
}
