using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;

namespace Keylime.Tpm.Tests.Credentials;

public sealed class EndorsementKeyTemplateTests
{
    // The digests as the TCG EK Credential Profile prints them; ours are computed.
    [Theory]
    [InlineData(TpmAlgorithm.Sha256, "837197674484B3F81A90CC8D46A5D724FD52D76E06520B64F2A1DA1B331469AA")]
    [InlineData(TpmAlgorithm.Sha384, "8BBF2266537C171CB56E403C4DC1D4B64F432611DC386E6F532050C3278C930E143E8BB1133824CCB431053871C6DB53")]
    [InlineData(TpmAlgorithm.Sha512, "1E3B76502C8A1425AA0B7B3FC646A1B0FAE063B03B5368F9C4CDDECAFF0891DD"
        + "682BAC1A85D4D832B781EA451915DE5FC5BF0DC4A1917CD42FA041E3F998E0EE")]
    public void Policy_A_is_the_profiles(TpmAlgorithm hash, string digest) =>
        Assert.Equal(digest, Convert.ToHexString(PolicyDigest.Secret(hash, TpmHandle.Endorsement)));

    [Theory]
    [InlineData("ecc256high", "CA3D0A99A2B93906F7A3342414EFCFB3A385D44CD1FD459089D19B5071C0B7A0")]
    [InlineData("ecc384", "B26E7D28D11A50BC53D882BCF5FD3A1A074148BB35D3B4E4CB1C0AD9BDE419CACB47BA09699646150F9FC000F3F80E12")]
    [InlineData("ecc521", "B8221CA69E8550A4914DE3FAA6A18C072CC01208073A928D5D66D59EF79E49A4"
        + "29C41A6B269571D57EDB25FBDB1838425608B413CD616A5F6DB5B6071AF99BEA")]
    public void Policy_B_is_the_profiles(string name, string digest)
    {
        var template = name == "ecc256high" ? EndorsementKeyTemplate.EccP256High : EndorsementKeyTemplate.Find(name)!;
        Assert.Equal(digest, Convert.ToHexString(template.Area.AuthPolicy.Span));
    }

    [Theory]
    [InlineData("rsa", 0x01C00002)]
    [InlineData("rsa2048", 0x01C00002)]
    [InlineData("rsa3072", 0x01C0001C)]
    [InlineData("rsa4096", 0x01C0001E)]
    [InlineData("ecc", 0x01C0000A)]
    [InlineData("ecc256", 0x01C0000A)]
    [InlineData("ecc384", 0x01C00016)]
    [InlineData("ecc521", 0x01C00018)]
    public void Is_found_by_keylimes_names(string name, uint certificateIndex)
    {
        var template = EndorsementKeyTemplate.Find(name)!;
        Assert.Equal(certificateIndex, template.CertificateIndex);
        Assert.Same(template, EndorsementKeyTemplate.FindLike(template.Area));
        Assert.True(MakeCredential.Supports(template.Area));
    }

    [Fact]
    public void Is_not_found_for_other_keys()
    {
        Assert.Null(EndorsementKeyTemplate.Find("rsa512"));
        Assert.Null(EndorsementKeyTemplate.FindLike(EndorsementKeyTemplate.Rsa2048.Area with { AuthPolicy = default }));
        Assert.Same(EndorsementKeyTemplate.Rsa2048High, EndorsementKeyTemplate.FindLike(EndorsementKeyTemplate.Rsa2048High.Area));
    }
}
