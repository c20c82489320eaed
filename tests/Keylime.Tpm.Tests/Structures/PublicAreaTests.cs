using System.Security.Cryptography;
using Keylime.Testing;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Structures;

public sealed class PublicAreaTests
{
    private const string X = "1FB777BEC8ED737626447718FAEB2CE4AB6402C022F30CCE6CDF7D67157EF960";
    private const string Y = "578E1C5CEC61757379429802F548DC6F4521F50904BE421A80ACF3C90E051028";
    private const string AkHead = "0023" + "000B" + "00050072" + "0000" + "0010" + "0018" + "000B" + "0003" + "0010";
    private const string Ak = AkHead + "0020" + X + "0020" + Y;
    private const string Ek = "0023" + "000B" + "000300B2" + "0020" + "837197674484B3F81A90CC8D46A5D724FD52D76E06520B64F2A1DA1B331469AA"
        + "0006" + "0080" + "0043" + "0010" + "0003" + "0010"
        + "0020" + "93B3AF0CA7FDFF74FB76334E65C0AFABE70E387D63B7AB49C4B635519D9EFF8E"
        + "0020" + "5BB0EC297591BBDCB3A205EFDD8A8036FA4B17B6F17804456D44B42938E3105B";
    private const string RsaHead = "0001" + "000B" + "00050072" + "0000" + "0010" + "0014" + "000B";

    public static TheoryData<string> Folders =>
    [
        "tpm/makecredential/aks/ecc-p256-ecdsa-sha256", "tpm/makecredential/aks/rsa2048-rsassa-sha256",
        "tpm/makecredential/ek-ecc256-default/ek", "tpm/makecredential/ek-ecc256-imported/ek",
        "tpm/makecredential/ek-rsa2048-default/ek", "tpm/makecredential/ek-rsa2048-imported/ek",
        "tpm/quote/ecc-p256-ecdsa-sha256/ak", "tpm/quote/ecc-p384-ecdsa-sha384/ak",
        "tpm/quote/rsa2048-rsapss-sha256/ak", "tpm/quote/rsa2048-rsassa-sha256/ak",
    ];

    [VectorTheory]
    [MemberData(nameof(Folders))]
    public void Reads_names_and_rewrites_keys_of_real_tpms(string path)
    {
        var bytes = Vectors.Read(path + ".tpm2b_public");
        Assert.True(PublicArea.TryParseSized(bytes, out var area, out var error), error.ToString());
        Assert.Equal(bytes, area.ToSizedBytes());
        Assert.True(PublicArea.TryParse(bytes.AsSpan(2), out _, out _));

        var name = Vectors.ReadJson("manifest.json").GetProperty("files").EnumerateArray()
            .Single(file => file.GetProperty("path").GetString() == path + ".tpm2b_public").GetProperty("expected").GetProperty("name_hex");
        Assert.Equal(name.GetString(), Convert.ToHexStringLower(area.ComputeName()));

        if (Vectors.Exists(path + ".pem"))
            Assert.Equal(Vectors.ReadText(path + ".pem").Trim(), PemEncoding.WriteString("PUBLIC KEY", area.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void Reads_an_attestation_key()
    {
        Assert.True(PublicArea.TryParse(Convert.FromHexString(Ak), out var area, out _));
        Assert.Equal(ObjectAttributes.AttestationKey, area.Attributes);
        Assert.Equal(new KeyScheme(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256), area.Scheme);
        Assert.Equal(SymmetricDefinition.Null, area.Symmetric);
        Assert.Equal(TpmEccCurve.NistP256, area.Ecc!.Curve);
        Assert.Equal((X, Y), (Convert.ToHexString(area.Ecc.X.Span), Convert.ToHexString(area.Ecc.Y.Span)));
        Assert.Equal("000B26970F70BAB24E69B2F7D1C21DC5A8E6113C333192B3C0E9939F650EFA0A93EA", Convert.ToHexString(area.ComputeName()));
    }

    [Theory]
    [InlineData("0008", ParseFault.BadType, 2)] // KEYEDHASH
    [InlineData("0023" + "0010", ParseFault.UnknownAlgorithm, 4)] // an object without a name
    [InlineData("0023" + "000B" + "00050072" + "0041", ParseFault.TooLong, 10)]
    [InlineData("0023" + "000B" + "00050072" + "0000" + "000A", ParseFault.UnknownAlgorithm, 12)] // XOR
    [InlineData("0023" + "000B" + "00050072" + "0000" + "0010" + "0014", ParseFault.UnknownAlgorithm, 14)] // RSASSA with an ECC key
    [InlineData("0023" + "000B" + "00050072" + "0000" + "0010" + "0018" + "0012", ParseFault.UnknownAlgorithm, 16)] // SM3
    [InlineData("0023" + "000B" + "00050072" + "0000" + "0010" + "0018" + "000B" + "0010", ParseFault.UnknownAlgorithm, 18)] // BN-256
    [InlineData("0023" + "000B" + "00050072" + "0000" + "0010" + "0018" + "000B" + "0003" + "0020",
        ParseFault.UnknownAlgorithm, 20)] // KDF1
    [InlineData(AkHead + "001F" + "00", ParseFault.Truncated, 22)]
    [InlineData(AkHead + "0001" + "01", ParseFault.BadSize, 23)]
    [InlineData(AkHead + "0043", ParseFault.TooLong, 22)]
    [InlineData(AkHead + "0020" + X + "0020" + X, ParseFault.BadKey, 88)] // not on the curve
    [InlineData(AkHead + "0020" + "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF" + "0020" + Y,
        ParseFault.BadKey, 88)] // x is the prime
    [InlineData(Ak + "00", ParseFault.TrailingBytes, 88)]
    [InlineData(RsaHead + "0800" + "00000001", ParseFault.BadValue, 22)] // exponent 1
    [InlineData(RsaHead + "0800" + "00010000", ParseFault.BadValue, 22)] // even exponent
    [InlineData(RsaHead + "0200", ParseFault.BadValue, 18)] // 512 bits
    [InlineData(RsaHead + "0801", ParseFault.BadValue, 18)]
    [InlineData(RsaHead + "0800" + "00000000" + "0004" + "80000001", ParseFault.BadSize, 28)]
    public void Rejects_malformed_bytes_and_says_where(string hex, ParseFault fault, int offset)
    {
        Assert.False(PublicArea.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(fault, offset), error);
    }

    [Theory]
    [InlineData("0058" + Ak + "00", ParseFault.TrailingBytes, 90)]
    [InlineData("0059" + Ak, ParseFault.BadSize, 90)]
    [InlineData("0057" + Ak, ParseFault.BadSize, 90)]
    [InlineData("0059" + Ak + "00", ParseFault.BadSize, 90)]
    public void Rejects_a_size_that_is_not_the_structures(string hex, ParseFault fault, int offset)
    {
        Assert.False(PublicArea.TryParseSized(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(fault, offset), error);
    }

    [Theory]
    [InlineData(0x00, 0x01)] // short: top bit missing
    [InlineData(0x80, 0x02)] // even
    public void Rejects_numbers_that_are_no_rsa_modulus(byte first, byte last)
    {
        var modulus = new byte[128];
        (modulus[0], modulus[^1]) = (first, last);
        var hex = RsaHead + "0400" + "00000000" + "0080" + Convert.ToHexString(modulus);
        Assert.False(PublicArea.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new ParseError(ParseFault.BadKey, 152), error);
    }

    [Theory]
    [InlineData("nistP256", TpmEccCurve.NistP256)]
    [InlineData("nistP384", TpmEccCurve.NistP384)]
    [InlineData("nistP521", TpmEccCurve.NistP521)]
    public void Accepts_points_of_every_curve(string name, TpmEccCurve curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(name));
        var area = AkOf(EccPublic.FromParameters(curve, key.ExportParameters(false)));
        Assert.True(PublicArea.TryParse(area.ToBytes(), out var parsed, out var error), error.ToString());
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), parsed.ExportSubjectPublicKeyInfo());
    }

    // The base points of FIPS 186-4: curves that TPMs may have and this machine's cryptography may not.
    [Theory]
    [InlineData(TpmEccCurve.NistP192,
        "188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012", "07192B95FFC8DA78631011ED6B24CDD573F977A11E794811")]
    [InlineData(TpmEccCurve.NistP224,
        "B70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21", "BD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34")]
    public void Reads_and_exports_the_small_curves_too(TpmEccCurve curve, string x, string y)
    {
        var area = AkOf(new(curve, Convert.FromHexString(x), Convert.FromHexString(y)));
        Assert.True(PublicArea.TryParse(area.ToBytes(), out var parsed, out var error), error.ToString());
        Assert.EndsWith("04" + x + y, Convert.ToHexString(parsed.ExportSubjectPublicKeyInfo()), StringComparison.Ordinal);
    }

    [Fact]
    public void Accepts_the_short_coordinates_of_p521()
    {
        EccPublic point;
        do
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
            point = EccPublic.FromParameters(TpmEccCurve.NistP521, key.ExportParameters(false));
        }
        while (point.X.Span[0] != 0); // the top bit: every second key
        var area = AkOf(point with { X = point.X[1..] });
        Assert.True(PublicArea.TryParse(area.ToBytes(), out var parsed, out var error), error.ToString());
        Assert.Equal(area.ToBytes(), parsed.ToBytes());
        Assert.Equal(AkOf(point).ExportSubjectPublicKeyInfo(), parsed.ExportSubjectPublicKeyInfo());
    }

    [Theory]
    [InlineData(Ak)]
    [InlineData(Ek)]
    public void Rejects_every_truncation(string hex) => HostileBytes.AssertEveryTruncationIsRejected(hex, Parse);

    [Theory]
    [InlineData(Ak)]
    [InlineData(Ek)]
    public void Judges_every_flip(string hex) => HostileBytes.AssertEveryFlipIsJudged(hex, Parse);

    private static PublicArea AkOf(EccPublic point) => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
        Ecc = point,
    };

    private static bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        var parsed = PublicArea.TryParse(source, out var area, out error);
        written = area?.ToBytes();
        return parsed;
    }
}
