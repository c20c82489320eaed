using System.Security.Cryptography;
using Keylime.Attestation.Ima;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Ima;

public sealed class ImaNgEntryTests
{
    private static readonly byte[] s_digest = SHA256.HashData("content"u8);

    [Fact]
    public void Its_line_is_one_that_the_appraiser_reads_with_the_same_template_data()
    {
        var entry = ImaNgEntry.Create(TpmAlgorithm.Sha256, s_digest, "/usr/bin/tool");
        var line = System.Text.Encoding.UTF8.GetBytes(entry.Line);
        Assert.True(ImaEntry.TryParse(line, new byte[ImaEntry.ScratchBytes(line.Length)], out var read, out _));
        Assert.Equal("/usr/bin/tool", System.Text.Encoding.UTF8.GetString(read.Name));
        Assert.Equal(s_digest, read.Digest.ToArray());
        foreach (var bank in new[] { TpmAlgorithm.Sha1, TpmAlgorithm.Sha256, TpmAlgorithm.Sha384, TpmAlgorithm.Sha512 })
            Assert.Equal(bank.HashData(read.TemplateData), entry.ComputeExtendDigest(bank));
        Assert.Equal(Convert.ToHexStringLower(SHA1.HashData(read.TemplateData)), System.Text.Encoding.ASCII.GetString(read.TemplateHashHex));
    }

    [Fact]
    public void Blanks_and_line_breaks_in_names_are_shown_as_the_kernel_shows_blanks() =>
        Assert.EndsWith(" /a_file__name", ImaNgEntry.Create(TpmAlgorithm.Sha256, s_digest, "/a file\r\nname").Line, StringComparison.Ordinal);

    [Theory]
    [InlineData("/usr/bin/tool")]
    [InlineData("/ä/ö")]
    [InlineData(ImaNgEntry.BootAggregateName)]
    public void Reads_back_what_it_wrote(string name)
    {
        var entry = ImaNgEntry.Create(TpmAlgorithm.Sha256, s_digest, name);
        Assert.True(ImaNgEntry.TryParse(entry.Line, out var read));
        Assert.Equal((entry.Name, entry.DigestText, entry.Line), (read.Name, read.DigestText, read.Line));
        Assert.Equal(entry.ComputeExtendDigest(TpmAlgorithm.Sha384), read.ComputeExtendDigest(TpmAlgorithm.Sha384));
    }

    [Fact]
    public void Refuses_every_changed_character_and_every_truncation()
    {
        var line = ImaNgEntry.Create(TpmAlgorithm.Sha256, s_digest, "/a").Line;
        for (var i = 0; i < line.Length; i++)
        {
            Assert.False(ImaNgEntry.TryParse(line[..i], out _));
            Assert.False(ImaNgEntry.TryParse(line[..i] + (line[i] == '1' ? '2' : '1') + line[(i + 1)..], out _));
        }
        Assert.False(ImaNgEntry.TryParse(line + " ", out _));
        Assert.False(ImaNgEntry.TryParse(line + "\n", out _));
    }

    [Fact]
    public void A_digest_has_the_length_of_its_algorithm() =>
        Assert.Throws<ArgumentException>(() => ImaNgEntry.Create(TpmAlgorithm.Sha1, s_digest, "/a"));
}
