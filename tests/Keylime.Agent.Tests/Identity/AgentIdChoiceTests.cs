using Keylime.Agent.Identity;

namespace Keylime.Agent.Tests.Identity;

public sealed class AgentIdChoiceTests
{
    private const string Uuid = "d432fbb3-d2f1-4a97-9ef7-75bd81c00000";

    [Theory]
    [InlineData(Uuid, Uuid)]
    [InlineData("D432FBB3-D2F1-4A97-9EF7-75BD81C00000", Uuid)]
    [InlineData("d432fbb3d2f14a979ef775bd81c00000", Uuid)]
    [InlineData("{d432fbb3-d2f1-4a97-9ef7-75bd81c00000}", Uuid)]
    [InlineData("urn:uuid:d432fbb3-d2f1-4a97-9ef7-75bd81c00000", Uuid)]
    [InlineData("hash_ek", "abcdef")]
    [InlineData("agent-1", "agent-1")]
    [InlineData("node7.example", "node7.example")]
    public void Takes_the_id_that_the_option_names(string option, string id)
    {
        Assert.Equal(id, AgentIdChoice.Resolve(option, "abcdef", out var wellFormed).Value);
        Assert.True(wellFormed);
    }

    [Theory]
    [InlineData("generate", true)]
    [InlineData("", false)]
    [InlineData("agent 1", false)]
    [InlineData("(d432fbb3-d2f1-4a97-9ef7-75bd81c00000)", false)]
    [InlineData("../../etc", false)]
    public void Otherwise_the_id_is_random(string option, bool expected)
    {
        var first = AgentIdChoice.Resolve(option, "abcdef", out var wellFormed).Value;
        Assert.Equal(expected, wellFormed);
        Assert.True(Guid.TryParseExact(first, "D", out _));
        Assert.NotEqual(first, AgentIdChoice.Resolve(option, "abcdef", out _).Value);
    }
}
