using System.Text;
using Keylime.Agent.Identity;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;

namespace Keylime.Agent.Tests.Identity;

public sealed class AgentDataTests
{
    private static readonly TpmAlgorithms s_rsa = new(TpmAlgorithm.Sha256, EndorsementKeyTemplate.Rsa2048, TpmAlgorithm.RsaSsa);

    /// <summary>As serde_json's pretty printer writes the Rust agent's structure.</summary>
    private const string RustFile = """
        {
          "ak_hash_alg": "Sha256",
          "ak_sign_alg": "RsaSsa",
          "ak_public": [
            0,
            1,
            255
          ],
          "ak_private": [
            7
          ],
          "ek_hash": [
            97,
            98
          ]
        }
        """;

    [Fact]
    public void Reads_the_Rust_agents_file()
    {
        Assert.True(AgentData.TryParse(Encoding.UTF8.GetBytes(RustFile), out var data, out _));
        Assert.Equal([0, 1, 255], data.Public);
        Assert.Equal([7], data.Private);
        Assert.True(data.Fits(s_rsa, "ab"));
        Assert.False(data.Fits(s_rsa, "ac"));
        Assert.False(data.Fits(s_rsa with { Hash = TpmAlgorithm.Sha384 }, "ab"));
        Assert.False(data.Fits(s_rsa with { Signing = TpmAlgorithm.RsaPss }, "ab"));
    }

    [Fact]
    public void Writes_it_byte_for_byte() =>
        Assert.Equal(RustFile, Encoding.UTF8.GetString(AgentData.Create(s_rsa, [0, 1, 255], [7], "ab").Write()));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":[1],"ak_private":[1]}""")]
    [InlineData("""{"ak_hash_alg":null,"ak_sign_alg":"RsaSsa","ak_public":[1],"ak_private":[1],"ek_hash":[1]}""")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":"AQ==","ak_private":[1],"ek_hash":[1]}""")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":[256],"ak_private":[1],"ek_hash":[1]}""")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":[-1],"ak_private":[1],"ek_hash":[1]}""")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":[1.5],"ak_private":[1],"ek_hash":[1]}""")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":["1"],"ak_private":[1],"ek_hash":[1]}""")]
    [InlineData("""{"ak_hash_alg":"Sha256","ak_sign_alg":"RsaSsa","ak_public":null,"ak_private":[1],"ek_hash":[1]}""")]
    public void Refuses_other_files_and_says_why(string text)
    {
        Assert.False(AgentData.TryParse(Encoding.UTF8.GetBytes(text), out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Refuses_every_truncation()
    {
        var file = Encoding.UTF8.GetBytes(RustFile);
        for (var length = 0; length < file.Length; length++) Assert.False(AgentData.TryParse(file.AsSpan(0, length), out _, out _));
    }
}
