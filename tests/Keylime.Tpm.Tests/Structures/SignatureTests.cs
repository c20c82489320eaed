using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Structures;

public sealed class SignatureTests
{
    private const string R = "1B1752D6C4339488E510CE101271215497A08AE01F622B0E1A278FEFA67F929D";
    private const string S = "3F67512BF14FC930A776253598193BC1AB8E747B087194D505A06103BF5B08EE";
    private const string Ecdsa = "0018" + "000B" + "0020" + R + "0020" + S;
    private const string RsaSsa = "0014" + "000B" + "0008" + "0102030405060708";
    private const string RsaPss = "0016" + "000D" + "0008" + "0102030405060708";

    [Fact]
    public void Reads_ecdsa()
    {
        Assert.True(Signature.TryParse(Convert.FromHexString(Ecdsa), out var signature, out _));
        Assert.Equal((TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256), (signature.Algorithm, signature.Hash));
        Assert.Equal((R, S), (Convert.ToHexString(signature.R.Span), Convert.ToHexString(signature.S.Span)));
    }

    [Theory]
    [InlineData(RsaSsa, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256)]
    [InlineData(RsaPss, TpmAlgorithm.RsaPss, TpmAlgorithm.Sha512)]
    public void Reads_rsa(string hex, TpmAlgorithm algorithm, TpmAlgorithm hash)
    {
        Assert.True(Signature.TryParse(Convert.FromHexString(hex), out var signature, out _));
        Assert.Equal((algorithm, hash), (signature.Algorithm, signature.Hash));
        Assert.Equal("0102030405060708", Convert.ToHexString(signature.Rsa.Span));
    }

    [Theory]
    [InlineData("0000", ParseFault.UnknownAlgorithm, 2)]
    [InlineData("001A" + "000B", ParseFault.UnknownAlgorithm, 2)] // ECDAA
    [InlineData("0014" + "0010", ParseFault.UnknownAlgorithm, 4)] // no hash
    [InlineData("0014" + "000B" + "0201", ParseFault.TooLong, 6)]
    [InlineData("0018" + "000B" + "0081", ParseFault.TooLong, 6)]
    [InlineData("0018" + "000B" + "0001" + "01", ParseFault.Truncated, 7)]
    [InlineData(RsaSsa + "00", ParseFault.TrailingBytes, 14)]
    public void Rejects_malformed_bytes_and_says_where(string hex, ParseFault fault, int offset)
    {
        Assert.False(Signature.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(fault, offset), error);
    }

    [Theory]
    [InlineData(Ecdsa)]
    [InlineData(RsaSsa)]
    [InlineData(RsaPss)]
    public void Writes_what_it_read(string hex)
    {
        Assert.True(Parse(Convert.FromHexString(hex), out var written, out _));
        Assert.Equal(hex, Convert.ToHexString(written!));
    }

    [Theory]
    [InlineData(Ecdsa)]
    [InlineData(RsaSsa)]
    public void Rejects_every_truncation(string hex) => HostileBytes.AssertEveryTruncationIsRejected(hex, Parse);

    [Theory]
    [InlineData(Ecdsa)]
    [InlineData(RsaSsa)]
    public void Judges_every_flip(string hex) => HostileBytes.AssertEveryFlipIsJudged(hex, Parse);

    private static bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        var parsed = Signature.TryParse(source, out var signature, out error);
        written = signature?.ToBytes();
        return parsed;
    }
}
