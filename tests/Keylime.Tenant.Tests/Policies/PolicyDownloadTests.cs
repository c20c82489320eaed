using Keylime.Tenant.Policies;
using Keylime.Testing;

namespace Keylime.Tenant.Tests.Policies;

public sealed class PolicyDownloadTests
{
    [Fact]
    public async Task A_server_that_resets_every_connection_is_an_error_in_one_line()
    {
        await using var peer = new ResettingPeer();
        var arguments = new PolicyArguments { RuntimePolicyUrl = $"http://127.0.0.1:{peer.Port}/policy", RuntimePolicyChecksum = "00" };
        // .NET's handler lets the socket's own exception through where the reset comes before it has looked at the connection, which is chance.
        for (var i = 0; i < 1000; i++)
            Assert.Contains("failed: ", (await Assert.ThrowsAsync<UserErrorException>(() => RuntimePolicyDocument.ReadAsync(arguments, TimeSpan.FromSeconds(30), TextWriter.Null, default))).Message, StringComparison.Ordinal);
    }
}
