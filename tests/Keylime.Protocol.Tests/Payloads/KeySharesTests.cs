using Keylime.Protocol.Payloads;

namespace Keylime.Protocol.Tests.Payloads;

public sealed class KeySharesTests
{
    private static readonly byte[] K = [0x00, 0xFF, 0x55];
    private static readonly byte[] V = [0x0F, 0x0F, 0x0F];

    [Fact]
    public void Makes_the_third_out_of_any_two()
    {
        var u = KeyShares.Combine(K, V);
        Assert.Equal("0FF05A", Convert.ToHexString(u));
        Assert.Equal(K, KeyShares.Combine(u, V));
        Assert.Equal(V, KeyShares.Combine(u, K));
    }

    [Fact]
    public void Refuses_shares_of_different_lengths() => Assert.Throws<ArgumentOutOfRangeException>(() => KeyShares.Combine(K, new byte[2]));

    // RFC 4231, test case 2.
    [Fact]
    public void Proves_a_key_by_hmac_sha384() =>
        Assert.Equal("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649", KeyShares.Prove("Jefe"u8, "what do ya want for nothing?"));

    [Theory]
    [InlineData("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649", true)]
    [InlineData("AF45D2E376484031617F78D2B58A6B1B9C7EF464F5A01B47E42EC3736322445E8E2240CA5E69E2C78B3239ECFAB21649", false)]
    [InlineData("af45", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Accepts_the_proof_and_nothing_else(string? proof, bool isGood) => Assert.Equal(isGood, KeyShares.IsProof("Jefe"u8, "what do ya want for nothing?", proof));
}
