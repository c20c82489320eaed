using System.Security.Cryptography;
using Keylime.Agent.Payload;
using Keylime.Protocol;
using Keylime.Protocol.Payloads;

namespace Keylime.Agent.Tests.Payload;

public sealed class PayloadSharesTests
{
    private static readonly AgentId s_agent = AgentId.Parse("d432fbb3-d2f1-4a97-9ef7-75bd81c00000");

    private readonly PayloadShares _shares = new(s_agent);

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void Either_half_may_come_first(int bytes)
    {
        var (key, u, v) = Split(bytes);
        Assert.Null(_shares.Add(v));
        Assert.Null(_shares.Key);
        Assert.Equal(key, _shares.Add(u)!.Key);
        Assert.Equal(key, _shares.Key);

        var other = new PayloadShares(s_agent);
        Assert.Null(other.Add(u));
        Assert.Equal(key, other.Add(v)!.Key);
    }

    [Fact]
    public void Finds_the_pair_that_fits_among_halves_that_do_not()
    {
        var (key, u, v) = Split(32, payload: [1, 2, 3]);
        foreach (var (_, otherU, otherV) in new[] { Split(32), Split(16), Split(32) })
        {
            Assert.Null(_shares.Add(otherV));
            Assert.Null(_shares.Add(otherU with { AuthTag = new string('0', 96) }));
        }
        Assert.Null(_shares.Add(v));
        var recovered = _shares.Add(u);
        Assert.Equal(key, recovered!.Key);
        Assert.Equal([1, 2, 3], recovered.Ciphertext!);
    }

    [Fact]
    public void A_pair_is_used_up_and_a_later_one_takes_its_place()
    {
        var (_, u, v) = Split(32);
        _shares.Add(u);
        Assert.NotNull(_shares.Add(v));
        Assert.Null(_shares.Add(v));
        var (key, laterU, laterV) = Split(32);
        _shares.Add(laterU);
        Assert.NotNull(_shares.Add(laterV));
        Assert.Equal(key, _shares.Key);
    }

    [Fact]
    public void Holds_a_bounded_number_of_halves_and_prefers_the_newest()
    {
        var (_, oldest, oldV) = Split(32);
        _shares.Add(oldest);
        for (var i = 0; i < PayloadShares.MaxWaiting; i++) _shares.Add(Split(32).U);
        Assert.Null(_shares.Add(oldV));
        var (key, u, v) = Split(32);
        _shares.Add(u);
        Assert.Equal(key, _shares.Add(v)!.Key);
    }

    [Fact]
    public void A_tag_for_another_agent_does_not_fit()
    {
        var (key, u, v) = Split(32);
        _shares.Add(u with { AuthTag = KeyShares.Prove(key, "another") });
        Assert.Null(_shares.Add(v));
    }

    private static (byte[] Key, TenantShare U, byte[] V) Split(int bytes, byte[]? payload = null)
    {
        var key = RandomNumberGenerator.GetBytes(bytes);
        var v = RandomNumberGenerator.GetBytes(bytes);
        return (key, new(KeyShares.Combine(key, v), KeyShares.Prove(key, s_agent.Value), payload), v);
    }
}
