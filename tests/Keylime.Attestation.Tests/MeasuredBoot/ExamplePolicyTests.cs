using System.Text;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.MeasuredBoot;

/// <summary>Whoever holds the machine writes the log: labels and texts can be made up, only digests and their order are the TPM's.</summary>
public class ExamplePolicyTests
{
    private const string UnfitDigest = "the digest is not that of the event's text, so the text proves nothing";

    private static readonly byte[] SecureBootOff = BootLogBuilder.Variable(EfiGuids.GlobalVariable, "SecureBoot", [0]);

    [Fact]
    public void Accepts_the_boot_that_the_reference_state_was_made_of() => Assert.Null(Appraise(Boot()));

    [Theory]
    [InlineData("db")]
    [InlineData("vendor_db")]
    [InlineData("SbatLevel")]
    [InlineData("Shim")]
    [InlineData("MokListRT")]
    [InlineData("MokListTrusted")]
    public void Refuses_a_variable_that_is_relabelled_as_an_authority(string name)
    {
        var vendor = name.Contains("db", StringComparison.Ordinal) ? EfiGuids.ImageSecurityDatabase : EfiGuids.ShimLock;
        var relabelled = Boot(secureBoot: log => log.Add(7, BootEventType.EfiVariableAuthority, BootLogBuilder.Variable(vendor, name, [1]), measured: SecureBootOff));

        var finding = Appraise(relabelled)!;

        Assert.Equal((UnfitDigest, BootEventType.EfiVariableAuthority), (finding.Detail, finding.Event!.Type));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Takes_an_authority_that_is_measured_in_full_or_without_its_last_byte(int missing)
    {
        var authority = BootLogBuilder.Variable(EfiGuids.ShimLock, "Shim", [1, 2, 3]);
        Assert.Null(Appraise(BootBuilder().Add(7, BootEventType.EfiVariableAuthority, authority, measured: authority[..^missing]).ToArray()));
    }

    [Fact]
    public void Refuses_an_authority_that_is_measured_without_its_last_two_bytes()
    {
        var authority = BootLogBuilder.Variable(EfiGuids.ShimLock, "Shim", [1, 2, 3]);
        Assert.Equal(UnfitDigest, Appraise(BootBuilder().Add(7, BootEventType.EfiVariableAuthority, authority, measured: authority[..^2]).ToArray())!.Detail);
    }

    [Theory]
    [InlineData("SecureBoot")]
    [InlineData("PK")]
    [InlineData("KEK")]
    [InlineData("db")]
    [InlineData("dbx")]
    public void Demands_each_variable_of_Secure_Boot(string name) => Assert.Equal($"the log does not say what {name} is", Appraise(Boot(without: name))!.Detail);

    [Fact]
    public void Refuses_a_second_SecureBoot() =>
        Assert.Equal("a second SecureBoot", Appraise(BootBuilder().AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.GlobalVariable, "SecureBoot", [1]).ToArray())!.Detail);

    [Theory]
    [InlineData(2, BootEventType.EfiBootServicesDriver)]
    [InlineData(9, BootEventType.Ipl)]
    public void Refuses_an_event_without_a_digest_of_the_quoted_bank(int pcr, BootEventType type) =>
        Assert.Equal("the event has no sha256 digest", Appraise(BootBuilder().AddSha1Only(pcr, type, "/grub.cfg"u8.ToArray()).ToArray())!.Detail);

    [Fact]
    public void Lets_what_is_not_extended_have_no_digest()
    {
        var log = new BootLogBuilder().AddSha1Only(0, BootEventType.NoAction, [1]).ToArray();
        Assert.Equal("a second EV_NO_ACTION", Appraise(log)!.Detail);
    }

    [Theory]
    [InlineData(new byte[] { 0 }, true)]
    [InlineData(new byte[] { 1 }, true)]
    [InlineData(new byte[] { 2 }, false)]
    [InlineData(new byte[] { 1, 2, 3 }, false)]
    public void Takes_only_a_truth_value_for_MokListTrusted(byte[] measured, bool isGood)
    {
        var finding = Appraise(BootBuilder().Add(14, BootEventType.Ipl, "MokListTrusted\0"u8.ToArray(), measured).ToArray());
        Assert.Equal(isGood ? null : "the digest is not that of a truth value", finding?.Detail);
    }

    [Fact]
    public void Sees_that_shim_verifies_nothing_whatever_its_state_is_relabelled_as()
    {
        var log = BootBuilder()
            .Add(14, BootEventType.Ipl, "MokListTrusted\0"u8.ToArray(), measured: [1])
            .Add(7, BootEventType.EfiVariableAuthority, BootLogBuilder.Variable(EfiGuids.ShimLock, "MokListTrusted", [1]), measured: BootLogBuilder.Variable(EfiGuids.ShimLock, "MokSBState", [1]));
        Assert.Equal(UnfitDigest, Appraise(log.ToArray())!.Detail);
    }

    [Theory]
    [InlineData("grub_cmd: set root=hd0", "set root=hd0", null)]
    [InlineData("grub_cmd: [ x = y ]", "[ x = y ]", null)]
    [InlineData("grub_cmd: set root=hd0", "/vmlinuz init=/bin/sh", UnfitDigest)]
    [InlineData("grub_cmd: /vmlinuz init=/bin/sh", "/vmlinuz init=/bin/sh", "does not begin with the name of a GRUB command")]
    [InlineData("grub_cmd: (hd0)/vmlinuz", "(hd0)/vmlinuz", "does not begin with the name of a GRUB command")]
    [InlineData("grub_cmd: 0+200 init=/bin/sh", "0+200 init=/bin/sh", "does not begin with the name of a GRUB command")]
    [InlineData("grub_cmd: \"/my kernel\"", "\"/my kernel\"", "does not begin with the name of a GRUB command")]
    [InlineData("grub_cmd: ", "", "does not begin with the name of a GRUB command")]
    public void Holds_commands_of_GRUB_to_their_text(string text, string measured, string? detail)
    {
        var finding = Appraise(BootBuilder().Add(8, BootEventType.Ipl, Encoding.ASCII.GetBytes(text + '\0'), Encoding.ASCII.GetBytes(measured)).ToArray());
        Assert.Equal(detail, finding?.Detail);
    }

    private static BootFinding? Appraise(byte[] boot)
    {
        Assert.True(BootLog.TryParse(Boot(), out var good, out _));
        Assert.True(MeasuredBootPolicy.TryParse(Encoding.UTF8.GetString(ReferenceStateWriter.Write(good)), MeasuredBootEngine.Example, out var policy, out var fault), fault?.ToString());
        Assert.True(BootLog.TryParse(boot, out var log, out var error), error.ToString());
        return policy.Appraise(log, TpmAlgorithm.Sha256, new(TimeProvider.System));
    }

    private static byte[] Boot(string? without = null, Action<BootLogBuilder>? secureBoot = null) => BootBuilder(without, secureBoot).ToArray();

    private static BootLogBuilder BootBuilder(string? without = null, Action<BootLogBuilder>? secureBoot = null)
    {
        var builder = new BootLogBuilder().Add(0, BootEventType.SCrtmVersion, [0, 0]).Add(0, BootEventType.EfiPlatformFirmwareBlob2, [5]);
        (string Name, Guid Vendor, byte[] Data)[] variables =
        [
            ("SecureBoot", EfiGuids.GlobalVariable, [1]), ("PK", EfiGuids.GlobalVariable, []), ("KEK", EfiGuids.GlobalVariable, []),
            ("db", EfiGuids.ImageSecurityDatabase, []),
            ("dbx", EfiGuids.ImageSecurityDatabase, BootLogBuilder.SignatureList(EfiGuids.CertSha256, Guid.Empty, new byte[32])),
        ];
        foreach (var (name, vendor, data) in variables)
            if (secureBoot is not null && name == "SecureBoot") secureBoot(builder);
            else if (name != without) builder.AddVariable(7, BootEventType.EfiVariableDriverConfig, vendor, name, data);
        for (var pcr = 0; pcr < 8; pcr++) builder.Add(pcr, BootEventType.Separator, [0, 0, 0, 0]);
        foreach (var application in (byte[])[1, 2, 3]) builder.Add(4, BootEventType.EfiBootServicesApplication, [1], measured: [application]);
        return builder
            .Add(9, BootEventType.Ipl, "/vmlinuz"u8.ToArray(), measured: [4])
            .Add(9, BootEventType.Ipl, "/initrd"u8.ToArray(), measured: [5])
            .Add(8, BootEventType.Ipl, "kernel_cmdline: /vmlinuz ro\0"u8.ToArray(), measured: "/vmlinuz ro"u8.ToArray());
    }
}
