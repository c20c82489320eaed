using Keylime.Tpm.Credentials;

namespace Keylime.Tpm.Tests.Credentials;

public sealed class CredentialBlobTests
{
    private const string Head = "BADCC0DE" + "00000001";
    private const string Good = Head + "000A" + "0004" + "11111111" + "22222222" + "0003" + "333333";

    [Fact]
    public void Reads_and_rewrites()
    {
        Assert.True(CredentialBlob.TryParse(Convert.FromHexString(Good), out var blob, out _));
        Assert.Equal("11111111", Convert.ToHexString(blob.Integrity.Span));
        Assert.Equal("22222222", Convert.ToHexString(blob.EncryptedIdentity.Span));
        Assert.Equal("333333", Convert.ToHexString(blob.EncryptedSecret.Span));
        Assert.Equal(Good, Convert.ToHexString(blob.ToBytes()));
    }

    [Theory]
    [InlineData("BADCC0DF", ParseFault.BadMagic, 4)]
    [InlineData("DEC0DCBA", ParseFault.BadMagic, 4)]
    [InlineData("BADCC0DE" + "00000002", ParseFault.BadType, 8)]
    [InlineData(Head + "0041" + "0041", ParseFault.TooLong, 12)]
    [InlineData(Head + "0003" + "0004" + "11111111", ParseFault.BadSize, 16)]
    [InlineData(Head + "0045" + "0000", ParseFault.TooLong, 12)] // 67 bytes of identity
    [InlineData(Head + "0002" + "0000" + "0201", ParseFault.TooLong, 14)]
    [InlineData(Good + "00", ParseFault.TrailingBytes, 25)]
    public void Rejects_malformed_bytes_and_says_where(string hex, ParseFault fault, int offset)
    {
        Assert.False(CredentialBlob.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(fault, offset), error);
    }

    [Fact]
    public void Rejects_every_truncation() => HostileBytes.AssertEveryTruncationIsRejected(Good, Parse);

    [Fact]
    public void Judges_every_flip() => HostileBytes.AssertEveryFlipIsJudged(Good, Parse);

    private static bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        var parsed = CredentialBlob.TryParse(source, out var blob, out error);
        written = blob?.ToBytes();
        return parsed;
    }
}
