using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices.Tests;

public sealed class HostileTpmTests
{
    private const string ProbeAnswer = "8001" + "0000001B" + "00000000" + "01" + "00000006" + "00000001" + "00000100" + "322E3000";
    private static readonly TpmTimeouts Patient = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
    private static readonly TpmTimeouts ShortTurn = Patient with { Busy = TimeSpan.FromMilliseconds(50) };
    private static readonly TpmTimeouts ShortCommand = Patient with { Command = TimeSpan.FromSeconds(1) };

    [Theory]
    [InlineData("80010000000500000000", "announced a response of 5 bytes")]
    [InlineData("8001FFFFFFFF00000000", "announced a response of 4294967295 bytes")]
    [InlineData("80010000100100000000", "announced a response of 4097 bytes")]
    [InlineData("8001", "ended the connection in the middle of a response")]
    [InlineData("80010000000C0000000000", "ended the connection in the middle of a response")]
    [InlineData("80010000000A00000000FFFF", "sent 12 bytes for a response of 10")]
    [InlineData("80010000000A00000000", "response to TPM2_PcrRead is malformed: Truncated at byte 10")]
    [InlineData("80020000000A00000000", "response to TPM2_PcrRead is malformed: BadMagic at byte 10")]
    [InlineData("8001000000120000000000000000FFFFFFFF", "response to TPM2_PcrRead is malformed: TooMany at byte 18")]
    public async Task A_malformed_response_is_an_outage_with_a_reason(string answer, string reason)
    {
        await using var tpm = new ScriptedTpm(ProbeAnswer, answer);
        var refused = await Assert.ThrowsAsync<TpmUnavailableException>(() => ReadAsync(tpm.Name, Patient));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tpm_that_reads_nothing_new_ends_the_reading()
    {
        // Values for no PCR at all, again and again: the reader gives up at the first that brings nothing.
        await using var tpm = new ScriptedTpm(ProbeAnswer, "8001" + "00000016" + "00000000" + "00000001" + "00000000" + "00000000");
        Assert.Empty((await ReadAsync(tpm.Name, Patient)).Values);
    }

    [Fact]
    public async Task Values_that_were_not_asked_for_are_not_believed()
    {
        // PCR 7 where PCR 0 was wanted.
        var answer = "8001" + "0000003E" + "00000000" + "00000001"
            + "00000001" + "000B03800000" + "00000001" + "0020" + new string('A', 64);
        await using var tpm = new ScriptedTpm(ProbeAnswer, answer);
        Assert.Empty((await ReadAsync(tpm.Name, Patient)).Values);
    }

    [Fact]
    public async Task A_tpm_whose_turn_never_comes_is_busy()
    {
        await using var tpm = new ScriptedTpm("");
        var refused = await Assert.ThrowsAsync<TpmUnavailableException>(() => ReadAsync(tpm.Name, ShortTurn));
        Assert.Contains("was busy for", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_never_answered_times_out()
    {
        await using var tpm = new ScriptedTpm(ProbeAnswer, "");
        var refused = await Assert.ThrowsAsync<TpmUnavailableException>(() => ReadAsync(tpm.Name, ShortCommand));
        Assert.Contains("did not answer within", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_turn_can_be_cancelled()
    {
        await using var tpm = new ScriptedTpm("");
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAsync(tpm.Name, Patient, cancellation.Token));
    }

    [Fact]
    public async Task A_tpm_that_is_not_there_is_named()
    {
        var missing = await Assert.ThrowsAsync<TpmUnavailableException>(
            () => ReadAsync(new TctiName.SwtpmUnix("/nonexistent/swtpm.sock"), Patient));
        Assert.StartsWith("There is no TPM at swtpm:path=/nonexistent/swtpm.sock: ", missing.Message, StringComparison.Ordinal);
        missing = await Assert.ThrowsAsync<TpmUnavailableException>(() => ReadAsync(new TctiName.Device("/nonexistent/tpm0"), Patient));
        Assert.StartsWith("The TPM device /nonexistent/tpm0 cannot be opened: ", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_tpm_is_an_outage()
    {
        // It takes the command and has nothing to say, as a socket that was closed.
        var refused = await Assert.ThrowsAsync<TpmUnavailableException>(() => ReadAsync(new TctiName.Device("/dev/null"), Patient));
        Assert.Contains("ended the connection", refused.Message, StringComparison.Ordinal);
    }

    private static Task<PcrBlob> ReadAsync(TctiName name, TpmTimeouts timeouts, CancellationToken cancellation = default) =>
        new TpmDevice(TpmTransport.Create(name, timeouts)).ReadPcrsAsync([new(TpmAlgorithm.Sha256, 1)], cancellation);
}
