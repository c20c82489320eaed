using Keylime.Tpm.Devices;

namespace Keylime.ImaMeasurer.Tests;

public sealed class MachineTests
{
    [Theory]
    [InlineData("agent-0,swtpm:path=/x/tpm.sock,/x/root,/x/list", "swtpm:path=/x/tpm.sock")]
    [InlineData("agent-0,swtpm:host=127.0.0.1,port=2321,/x/root,/x/list", "swtpm:host=127.0.0.1,port=2321")]
    [InlineData("agent-0,device:/dev/tpmrm0,/x/root/,/x/list", "device:/dev/tpmrm0")]
    public void Reads_a_machine_whose_TCTI_may_hold_commas(string text, string tcti)
    {
        Assert.True(Machine.TryParse(text, out var machine, out _));
        Assert.True(TctiName.TryParse(tcti, out var name, out _));
        Assert.Equal(("agent-0", name, "/x/list"), (machine.Name, machine.Tpm, machine.ListFile));
    }

    [Theory]
    [InlineData("", "is not NAME,TCTI,ROOT_FOLDER,LIST_FILE")]
    [InlineData("agent-0,swtpm:,/x/root", "is not NAME,TCTI,ROOT_FOLDER,LIST_FILE")]
    [InlineData("agent-0,,/x/root,/x/list", "is not NAME,TCTI,ROOT_FOLDER,LIST_FILE")]
    [InlineData("agent-0,mssim:host=x,/x/root,/x/list", "names no TPM that is supported")]
    [InlineData("agent-0,swtpm:path=/x/tpm.sock,/x/root,/x/root/list", "lies in the measured folder")]
    [InlineData("agent-0,swtpm:path=/x/tpm.sock,/x/root,/x/other/../root/list", "lies in the measured folder")]
    public void Refuses_the_rest_and_says_why(string text, string reason)
    {
        Assert.False(Machine.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
