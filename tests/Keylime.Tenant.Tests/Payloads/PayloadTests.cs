using Keylime.Protocol.Payloads;
using Keylime.Tenant.Payloads;

namespace Keylime.Tenant.Tests.Payloads;

public sealed class PayloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keylime-payload-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Encrypts_under_a_new_key_each_time()
    {
        var (one, other) = (Payload.Encrypt("x"u8), Payload.Encrypt("x"u8));
        Assert.NotEqual(one.K, other.K);
        Assert.Equal(one.K, KeyShares.Combine(one.U, one.V));
        Assert.True(PayloadCipher.TryDecrypt(one.K, one.Encrypted!, out var clear));
        Assert.Equal("x"u8.ToArray(), clear);
    }

    // keylime_userdata_encrypt writes K, V, U; the shares are alike, so the order of the last two does not matter.
    [Fact]
    public void Reads_the_files_of_userdata_encrypt()
    {
        var made = Payload.Encrypt("x"u8);
        var keys = Write("keys", string.Join('\n', new[] { made.K, made.V, made.U }.Select(Convert.ToBase64String)) + "\n");
        var read = Payload.Read(keys, Write("payload", Convert.ToBase64String(made.Encrypted!)));
        Assert.Equal(made.K, read.K);
        Assert.Equal(made.Encrypted, read.Encrypted);
        Assert.Equal(made.K, KeyShares.Combine(read.U, read.V));
        Assert.Null(Payload.Read(keys, null).Encrypted);
    }

    [Theory]
    [InlineData("", "line 1 is not a key")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==\nx", "line 2 is not a key")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==\nAAAAAAAAAAAAAAAAAAAAAA==\nAAAA", "line 3 is not a key")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==\nAAAAAAAAAAAAAAAAAAAAAA==\n/////////////////////w==", "do not belong together")]
    public void Refuses_key_files_that_are_none(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<UserErrorException>(() => Payload.Read(Write("keys", text), null)).Message, StringComparison.Ordinal);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
