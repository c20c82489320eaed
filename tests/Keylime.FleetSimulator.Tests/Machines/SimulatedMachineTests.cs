using Keylime.Attestation;
using Keylime.FleetSimulator.Faults;

namespace Keylime.FleetSimulator.Tests.Machines;

public sealed class SimulatedMachineTests
{
    [Theory]
    [InlineData("Ecdsa", false)]
    [InlineData("Ecdsa", true)]
    [InlineData("Rsa", false)]
    public void Quotes_are_trusted_while_the_list_grows(string keys, bool bootLog)
    {
        var machine = new TestMachine(Enum.Parse<KeyKind>(keys), bootLog);
        for (var entries = 6; entries < 2000; entries += 700)
        {
            var result = machine.Attest();
            Assert.True(result.Verdict == Verdict.Trusted, string.Join(", ", result.Failures));
            Assert.Equal(entries, machine.KnownEntries);
            machine.Clock.Advance(TimeSpan.FromSeconds(700));
        }
    }

    [Fact]
    public void Quotes_of_one_millisecond_have_clocks_of_their_own()
    {
        var machine = new TestMachine();
        Assert.Equal(Verdict.Trusted, machine.Attest().Verdict);
        Assert.Equal(Verdict.Trusted, machine.Attest().Verdict);
    }

    [Theory]
    [InlineData("BadSignature", "the signature is not the attestation key's")]
    [InlineData("WrongNonce", "it answers another nonce")]
    [InlineData("TamperedEntry", "does not replay to the quoted PCR 10")]
    public void A_fault_is_found_and_healed(string name, string reason)
    {
        var (machine, fault) = (new TestMachine(), Enum.Parse<Fault>(name));
        machine.Attest();
        for (var i = 0; i < 2; i++)
        {
            var result = machine.Attest(fault);
            Assert.Equal(Verdict.Rejected, result.Verdict);
            Assert.Contains(reason, Assert.Single(result.Failures).Detail, StringComparison.Ordinal);
        }
        machine.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Verdict.Trusted, machine.Attest().Verdict);
    }

    [Fact]
    public void A_fault_is_found_in_the_first_quote_as_well()
    {
        foreach (var fault in new[] { Fault.BadSignature, Fault.WrongNonce, Fault.TamperedEntry })
            Assert.Equal(Verdict.Rejected, new TestMachine().Attest(fault).Verdict);
    }

    [Fact]
    public void A_reboot_counts_and_begins_a_new_list_under_the_same_key()
    {
        var machine = new TestMachine();
        machine.Clock.Advance(TimeSpan.FromHours(1));
        var before = machine.Attest().Quote!;
        machine.Machine.Reboot();

        // The list is shorter than what is asked for, and so it comes from its beginning.
        var after = machine.Attest();

        Assert.Equal(Verdict.Trusted, after.Verdict);
        Assert.Equal(before.Clock.ResetCount + 1, after.Quote!.Clock.ResetCount);
        Assert.True(after.Quote.Clock.ClockMilliseconds < before.Clock.ClockMilliseconds);
        Assert.Equal(6, machine.KnownEntries);
    }
}
