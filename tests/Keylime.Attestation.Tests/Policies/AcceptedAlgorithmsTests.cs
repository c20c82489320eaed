using Keylime.Attestation.Policies;

namespace Keylime.Attestation.Tests.Policies;

public class AcceptedAlgorithmsTests
{
    [Theory]
    [InlineData("rsa", "rsa2048", true)]
    [InlineData("rsa2048", "rsa", true)]
    [InlineData("ecc", "ecc256", true)]
    [InlineData("ecc256", "ecc", true)]
    [InlineData("rsa3072", "rsa3072", true)]
    [InlineData("rsa4096", "rsa4096", true)]
    [InlineData("ecc384", "ecc384", true)]
    [InlineData("ecc521", "ecc521", true)]
    [InlineData("rsa", "rsa3072", false)]
    [InlineData("ecc", "ecc384", false)]
    [InlineData("rsa3072", "rsa", false)]
    [InlineData("ecc", "ECC", false)]
    [InlineData("ecc", "", false)]
    public void Takes_the_names_of_api_2_5_and_the_ones_before_for_one(string listed, string reported, bool accepted) =>
        Assert.Equal(accepted, new AcceptedAlgorithms([], [listed], []).AcceptsEncryption(reported));

    [Fact]
    public void Accepts_hashes_and_schemes_by_their_own_names_only()
    {
        var accepted = new AcceptedAlgorithms(["sha256", "sha384"], [], ["rsassa", "ecdsa"]);
        Assert.All((string[])["sha256", "sha384"], name => Assert.True(accepted.AcceptsHash(name)));
        Assert.All((string[])["sha1", "sha512", "SHA256", "sm3_256", ""], name => Assert.False(accepted.AcceptsHash(name)));
        Assert.All((string[])["rsassa", "ecdsa"], name => Assert.True(accepted.AcceptsSigning(name)));
        Assert.All((string[])["rsapss", "ecschnorr", "rsa", ""], name => Assert.False(accepted.AcceptsSigning(name)));
    }

    [Fact]
    public void Accepts_any_where_there_is_no_list()
    {
        var accepted = new AcceptedAlgorithms(null, null, null);
        Assert.True(accepted.AcceptsHash("sha1") && accepted.AcceptsEncryption("rsa1024") && accepted.AcceptsSigning("rsapss"));
    }
}
