namespace Keylime.Tpm.Devices.Tests;

public sealed class TctiNameTests
{
    [Theory]
    [InlineData("device", "device:/dev/tpmrm0")]
    [InlineData("device:/dev/tpm0", "device:/dev/tpm0")]
    [InlineData("swtpm", "swtpm:host=127.0.0.1,port=2321")]
    [InlineData("swtpm:port=2400", "swtpm:host=127.0.0.1,port=2400")]
    [InlineData("swtpm:host=localhost,port=2400", "swtpm:host=localhost,port=2400")]
    [InlineData("swtpm:path=/run/a=b/swtpm.sock", "swtpm:path=/run/a=b/swtpm.sock")]
    public void Reads_what_tpm2_tools_writes(string text, string name)
    {
        Assert.True(TctiName.TryParse(text, out var parsed, out var error), error);
        Assert.Equal(name, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("tabrmd")]
    [InlineData("/dev/tpmrm0")]
    [InlineData("mssim:host=localhost,port=2321")]
    [InlineData("swtpm:path=")]
    [InlineData("swtpm:port=0")]
    [InlineData("swtpm:port=65535")]
    [InlineData("swtpm:port=-1")]
    [InlineData("swtpm:port=99999999999")]
    [InlineData("swtpm:path=/x,port=1")]
    [InlineData("swtpm:sock=/x")]
    [InlineData("swtpm:/x")]
    [InlineData("swtpm:path=/a/path/that/is/too/long/for/a/socket/with/a/control/socket/beside/it/0123456789/0123456789/0123456789/swtpm.sock")]
    public void Refuses_everything_else_with_a_sentence(string text)
    {
        Assert.False(TctiName.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Finds_the_control_channel_beside_the_data_channel()
    {
        Assert.Equal("/x/swtpm.sock.ctrl", TpmTransport.EndPointOf(new TctiName.SwtpmUnix("/x/swtpm.sock"), control: true).ToString());
        Assert.Equal("127.0.0.1:2322", TpmTransport.EndPointOf(new TctiName.SwtpmTcp("localhost", 2321), control: true).ToString());
        Assert.Throws<ArgumentException>(() => TpmTransport.EndPointOf(TctiName.Default));
    }
}
