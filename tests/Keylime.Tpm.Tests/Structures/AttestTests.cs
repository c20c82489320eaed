using System.Text;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Structures;

public sealed class AttestTests
{
    private const string Signer = "0022" + "000B48469B385B6A3EFA49D89129555E42E1CF0E94B18D8E87200F5ADD5EFA2CFE1D";
    private const string Nonce = "0014" + "47644A776A666F3359466C464167676248456969";
    private const string Clock = "0000000000001A29" + "00000002" + "00000000" + "01";
    private const string Firmware = "2019102300163636";
    private const string Pcrs = "00000001" + "000B" + "03" + "000001";
    private const string Digest = "0020" + "6738688E7A9382676C55DDB285CFFB50DB3444E61E8A79DE2277C0074543F6EE";
    private const string CertifiedName = "000B300464BBA90ACC2EE6903448BE6AB222C83466114431F928E728EFC7C58A2EA0";
    private const string Quote = "FF544347" + "8018" + Signer + Nonce + Clock + Firmware + Pcrs + Digest;
    private const string Certify = "FF544347" + "8017" + Signer + "0004" + "00FF55AA" + Clock + Firmware
        + "0022" + CertifiedName
        + "0022" + "000B92575F3C7A0EFD6AA7BE4509624768B44EE2C0480AA71EEE7D83D4975F085D0E";

    [Fact]
    public void Reads_a_quote()
    {
        Assert.True(Attest.TryParse(Convert.FromHexString(Quote), out var attest, out _));
        Assert.Equal(AttestType.Quote, attest.Type);
        Assert.Equal("GdJwjfo3YFlFAggbHEii", Encoding.ASCII.GetString(attest.QualifyingData.Span));
        Assert.Equal(new ClockInfo(6697, 2, 0, Safe: true), attest.Clock);
        Assert.Equal(0x2019102300163636u, attest.FirmwareVersion);
        Assert.Equal([new(TpmAlgorithm.Sha256, 1u << 16)], attest.Quote!.Pcrs);
        Assert.Equal(Digest[4..], Convert.ToHexString(attest.Quote.PcrDigest.Span));
        Assert.Null(attest.Certify);
    }

    [Fact]
    public void Reads_a_certification()
    {
        Assert.True(Attest.TryParse(Convert.FromHexString(Certify), out var attest, out _));
        Assert.Equal(AttestType.Certify, attest.Type);
        Assert.Equal(CertifiedName, Convert.ToHexString(attest.Certify!.Name.Span));
        Assert.Null(attest.Quote);
    }

    [Theory]
    [InlineData("FF544348" + "8018", ParseFault.BadMagic, 4)]
    [InlineData("00000000" + "8018", ParseFault.BadMagic, 4)]
    [InlineData("FF544347" + "8019", ParseFault.BadType, 6)]
    [InlineData("FF544347" + "FFFF", ParseFault.BadType, 6)]
    [InlineData("FF544347" + "8018" + "0043", ParseFault.TooLong, 8)]
    [InlineData("FF544347" + "8018" + "0000" + "0043", ParseFault.TooLong, 10)]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + "0000000000000000" + "00000000" + "00000000" + "02", ParseFault.BadValue, 27)]
    [InlineData(Quote + "00", ParseFault.TrailingBytes, 133)]
    public void Rejects_malformed_bytes_and_says_where(string hex, ParseFault fault, int offset)
    {
        Assert.False(Attest.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(fault, offset), error);
    }

    [Theory]
    [InlineData(Quote)]
    [InlineData(Certify)]
    public void Writes_what_it_read(string hex)
    {
        Assert.True(Parse(Convert.FromHexString(hex), out var written, out _));
        Assert.Equal(hex, Convert.ToHexString(written!));
    }

    [Theory]
    [InlineData(Quote)]
    [InlineData(Certify)]
    public void Rejects_every_truncation(string hex) => HostileBytes.AssertEveryTruncationIsRejected(hex, Parse);

    [Theory]
    [InlineData(Quote)]
    [InlineData(Certify)]
    public void Judges_every_flip(string hex) => HostileBytes.AssertEveryFlipIsJudged(hex, Parse);

    [Fact]
    public void Writes_one_body_only()
    {
        var empty = new Attest(default, default, default, 0);
        Assert.Throws<InvalidOperationException>(() => empty.ToBytes());
        var both = empty with { Quote = new([], default), Certify = new(default, default) };
        Assert.Throws<InvalidOperationException>(() => both.ToBytes());
    }

    private static bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        var parsed = Attest.TryParse(source, out var attest, out error);
        written = attest?.ToBytes();
        return parsed;
    }
}
