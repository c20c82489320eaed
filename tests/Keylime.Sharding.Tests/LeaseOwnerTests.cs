namespace Keylime.Sharding.Tests;

public class LeaseOwnerTests
{
    [Theory]
    [InlineData("verifier-0")]
    [InlineData("zone/verifier-0")]
    public void Reads_what_it_writes(string instance)
    {
        var owner = new LeaseOwner(instance, Guid.NewGuid());
        Assert.True(LeaseOwner.TryParse(owner.ToString(), out var read));
        Assert.Equal(owner, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("verifier-0")]
    [InlineData("verifier-0/")]
    [InlineData("verifier-0/zz")]
    [InlineData("/0f8fad5bd9cb469fa165708867289500")]
    [InlineData("verifier-0/0f8fad5b-d9cb-469f-a165-708867289500")]
    [InlineData("verifier-0/0f8fad5bd9cb469fa165708867289500 ")]
    public void Refuses_anything_else(string? text) => Assert.False(LeaseOwner.TryParse(text, out _));
}
