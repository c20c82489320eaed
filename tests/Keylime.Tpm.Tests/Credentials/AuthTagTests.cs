using System.Text;
using Keylime.Tpm.Credentials;

namespace Keylime.Tpm.Tests.Credentials;

public sealed class AuthTagTests
{
    private const string AgentId = "d432fbb3-d2f1-4a97-9ef7-75bd81c00000";
    // printf %s "$AgentId" | openssl dgst -sha384 -hmac "$(printf abcdefghijklmnopqrstuvwxyz012345 | base64)"
    private const string Tag = "5722855ab92301434883bdfc0d1810450154c06bdeaa1b3ffe1f7fcaabca35756506b94d53773738c43cf9a866ad3f0e";
    private static readonly string Key = AuthTag.KeyFromSecret(Encoding.ASCII.GetBytes("abcdefghijklmnopqrstuvwxyz012345"));

    [Fact]
    public void Is_keyed_with_the_text_of_the_secret()
    {
        Assert.Equal("YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=", Key);
        Assert.Equal(Tag, AuthTag.Compute(Key, AgentId));
        Assert.True(AuthTag.Verify(Key, AgentId, Tag));
    }

    [Fact]
    public void Refuses_every_other_text()
    {
        Assert.False(AuthTag.Verify(Key, AgentId, null));
        Assert.False(AuthTag.Verify(Key, AgentId, ""));
        Assert.False(AuthTag.Verify(Key, AgentId, Tag[1..]));
        Assert.False(AuthTag.Verify(Key, AgentId, Tag + "0"));
        Assert.False(AuthTag.Verify(Key, AgentId, Tag.ToUpperInvariant()));
        Assert.False(AuthTag.Verify(Key, AgentId + "1", Tag));
        Assert.False(AuthTag.Verify(Key.ToUpperInvariant(), AgentId, Tag));
    }
}
