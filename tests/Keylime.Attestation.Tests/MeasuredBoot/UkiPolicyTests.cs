using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Testing;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.MeasuredBoot;

/// <summary>Unified kernel images, as firmware, shim, systemd-boot and systemd-stub measure them.</summary>
public class UkiPolicyTests
{
    private static readonly byte[] Shim = [1], Loader = [2], Image = [3], Kernel = [4];

    [Fact]
    public void Accepts_the_boot_that_the_reference_state_was_made_of() => Assert.Null(Appraise(Boot(), StateOf(Boot())));

    [Fact]
    public void Accepts_a_stub_that_lets_no_firmware_start_its_kernel() => Assert.Null(Appraise(Boot(applications: [Shim, Loader, Image]), StateOf(Boot())));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Knows_chains_of_fewer_boot_loaders(bool hasShim, bool hasLoader)
    {
        byte[][] chain = [.. hasShim ? [Shim] : Array.Empty<byte[]>(), .. hasLoader ? [Loader] : Array.Empty<byte[]>(), Image];
        var boot = Boot(applications: chain);
        Assert.Null(Appraise(boot, StateOf(boot)));
        Assert.NotNull(Appraise(Boot(), StateOf(boot)));
    }

    [Fact]
    public void Refuses_another_image_and_names_the_first_application()
    {
        var finding = Appraise(Boot(applications: [Shim, Loader, [9], Kernel]), StateOf(Boot()))!;

        Assert.Equal(("no entry of kernels has this chain of boot loaders, unified kernel image and command line", 4), (finding.Detail, finding.Event!.Pcr));
        Assert.Contains(Convert.ToHexStringLower(TpmAlgorithm.Sha256.HashData([9])), finding.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_images_in_another_order() => Assert.NotNull(Appraise(Boot(applications: [Loader, Shim, Image, Kernel]), StateOf(Boot())));

    [Theory]
    [InlineData("console=ttyS0 quiet", null)]
    [InlineData("console=ttyS0 quiet init=/bin/sh", "no entry of kernels")]
    public void Judges_a_command_line_that_is_handed_to_the_image(string line, string? detail)
    {
        var state = Edit(StateOf(Boot()), kernel => kernel["kernel_cmdline"] = "console=ttyS[0-9] quiet");

        var finding = Appraise(Boot(lines: [line, line]), state);

        if (detail is null) Assert.Null(finding);
        else Assert.StartsWith(detail, finding!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_that_takes_too_long_is_named_in_place_of_the_boot()
    {
        var state = Edit(StateOf(Boot()), kernel => kernel["kernel_cmdline"] = "(?=q)(q+)+");
        Assert.Null(Appraise(Boot(lines: ["qqq"]), state));
        Assert.Equal("the expressions of the policy take too long, and were given up at $.kernels[0].kernel_cmdline",
            Appraise(Boot(lines: [new string('q', 60) + "!"]), state)!.Detail);
    }

    [Fact]
    public void Refuses_any_command_line_where_none_is_allowed() => Assert.NotNull(Appraise(Boot(lines: ["quiet"]), StateOf(Boot())));

    [Fact]
    public void Refuses_a_command_line_whose_digest_is_not_that_of_its_text()
    {
        var boot = BootBuilder().Add(12, BootEventType.Ipl, Utf16("quiet"), measured: Utf16("init=/bin/sh")).ToArray();
        Assert.Equal("the digest is not that of the event's text, so the text proves nothing", Appraise(boot, Edit(StateOf(Boot()), kernel => kernel["kernel_cmdline"] = "quiet"))!.Detail);
    }

    [Theory]
    [InlineData(11, BootEventType.Ipl, ".evil")]
    [InlineData(13, BootEventType.Ipl, "sysext")]
    [InlineData(8, BootEventType.Ipl, "grub_cmd: boot")]
    [InlineData(9, BootEventType.Ipl, "/vmlinuz")]
    [InlineData(12, BootEventType.EventTag, "devicetree")]
    public void Refuses_what_no_rule_is_for(int pcr, BootEventType type, string text)
    {
        var finding = Appraise(BootBuilder().Add(pcr, type, Utf16(text)).ToArray(), StateOf(Boot()))!;
        Assert.Equal((pcr, type), (finding.Event!.Pcr, finding.Event.Type));
    }

    [Fact]
    public void Judges_firmware_and_keys_as_the_example_does()
    {
        var state = StateOf(Boot());
        var other = new BootLogBuilder().Add(0, BootEventType.SCrtmVersion, [7]).ToArray();
        Assert.Equal("no entry of scrtm_and_bios has these S-CRTM and firmware digests", Appraise(other, state)!.Detail);
        var withoutSecureBoot = new BootLogBuilder().AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.GlobalVariable, "SecureBoot", [0]).ToArray();
        Assert.Equal("Secure Boot", Appraise(withoutSecureBoot, state)!.Detail);
    }

    [Fact]
    public void Refuses_a_relabelled_variable_as_the_example_does()
    {
        var relabelled = BootBuilder().Add(7, BootEventType.EfiVariableAuthority, BootLogBuilder.Variable(EfiGuids.ShimLock, "Shim", [1]),
            measured: BootLogBuilder.Variable(EfiGuids.GlobalVariable, "SecureBoot", [0]));
        Assert.Equal("the digest is not that of the event's text, so the text proves nothing", Appraise(relabelled.ToArray(), StateOf(Boot()))!.Detail);
        Assert.Equal("the event has no sha256 digest", Appraise(BootBuilder().AddSha1Only(2, BootEventType.EfiBootServicesDriver, [1]).ToArray(), StateOf(Boot()))!.Detail);
    }

    [Theory]
    [InlineData("uki_authcode_sha256", null, "$.kernels[0].uki_authcode_sha256")]
    [InlineData("shim_authcode_sha256", "0xZZ", "$.kernels[0].shim_authcode_sha256")]
    [InlineData("kernel_cmdline", "(", "$.kernels[0].kernel_cmdline")]
    public void Names_the_path_of_a_fault(string member, string? value, string path)
    {
        var state = Edit(StateOf(Boot()), kernel => kernel[member] = value);
        Assert.False(MeasuredBootPolicy.TryParse(state, MeasuredBootEngine.Uki, out _, out var fault));
        Assert.Equal(path, fault.Path);
    }

    [Fact]
    public void Refuses_a_state_with_a_name_that_occurs_twice()
    {
        var state = StateOf(Boot()).Replace("\"has_secureboot\":", "\"has_secureboot\": false, \"has_secureboot\":", StringComparison.Ordinal);
        Assert.False(MeasuredBootPolicy.TryParse(state, MeasuredBootEngine.Uki, out _, out var fault));
        Assert.Equal(new("$.has_secureboot", "occurs twice"), fault);
    }

    [VectorFact]
    public void Reads_the_command_lines_of_a_real_systemd_boot()
    {
        Assert.True(BootLog.TryParse(Vectors.Read("fetched/eventlog/tpm2-software+tpm2-tools/test__integration__fixtures__event-sd-boot-fedora37.bin"), out var log, out _));
        var state = Encoding.UTF8.GetString(ReferenceStateWriter.Write(log, MeasuredBootEngine.Uki));
        // The log was published without its boot applications.
        state = Edit(state, _ => { }, root => root["kernels"] = new JsonArray(new JsonObject { ["uki_authcode_sha256"] = "0x00", ["kernel_cmdline"] = " console=ttyS0 .*" }));
        Assert.True(MeasuredBootPolicy.TryParse(state, MeasuredBootEngine.Uki, out var policy, out var fault), fault?.ToString());
        Assert.EndsWith(" console=ttyS0 console=tty0 efi=debug ", policy.Appraise(log, TpmAlgorithm.Sha256, new(TimeProvider.System))!.Seen, StringComparison.Ordinal);
    }

    private static BootFinding? Appraise(byte[] boot, string state, TimeProvider? time = null)
    {
        Assert.True(BootLog.TryParse(boot, out var log, out var error), error.ToString());
        Assert.True(MeasuredBootPolicy.TryParse(state, MeasuredBootEngine.Uki, out var policy, out var fault), fault?.ToString());
        return policy.Appraise(log, TpmAlgorithm.Sha256, new(time ?? TimeProvider.System));
    }

    private static string StateOf(byte[] boot)
    {
        Assert.True(BootLog.TryParse(boot, out var log, out _));
        return Encoding.UTF8.GetString(ReferenceStateWriter.Write(log, MeasuredBootEngine.Uki));
    }

    private static string Edit(string state, Action<JsonObject> edit, Action<JsonObject>? editRoot = null)
    {
        var root = JsonNode.Parse(state)!.AsObject();
        if (root["kernels"] is { } kernels) edit(kernels[0]!.AsObject());
        editRoot?.Invoke(root);
        return root.ToJsonString();
    }

    private static byte[] Boot(byte[][]? applications = null, string[]? lines = null) => BootBuilder(applications, lines).ToArray();

    private static BootLogBuilder BootBuilder(byte[][]? applications = null, string[]? lines = null)
    {
        var builder = new BootLogBuilder()
            .Add(0, BootEventType.SCrtmVersion, [0, 0])
            .Add(0, BootEventType.EfiPlatformFirmwareBlob2, [5])
            .AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.GlobalVariable, "SecureBoot", [1])
            .AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.GlobalVariable, "PK", [])
            .AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.GlobalVariable, "KEK", [])
            .AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.ImageSecurityDatabase, "db", [])
            .AddVariable(7, BootEventType.EfiVariableDriverConfig, EfiGuids.ImageSecurityDatabase, "dbx", BootLogBuilder.SignatureList(EfiGuids.CertSha256, Guid.Empty, new byte[32]))
            .AddVariable(1, BootEventType.EfiVariableBoot, EfiGuids.GlobalVariable, "BootOrder", [0, 0])
            .Add(4, BootEventType.EfiAction, "Calling EFI Application from Boot Option"u8.ToArray());
        for (var pcr = 0; pcr < 8; pcr++) builder.Add(pcr, BootEventType.Separator, [0, 0, 0, 0]);
        builder.Add(5, BootEventType.EfiGptEvent, [1, 2]);
        var chain = applications ?? [Shim, Loader, Image, Kernel];
        var image = Array.FindIndex(chain, application => application != Shim && application != Loader);
        for (var i = 0; i <= image; i++) builder.Add(4, BootEventType.EfiBootServicesApplication, [1], measured: chain[i]);
        builder.Add(5, BootEventType.EventTag, [1]);
        foreach (var section in (string[])[".linux", ".osrel", ".cmdline", ".initrd", ".uname", ".sbat"])
            builder.Add(11, BootEventType.Ipl, Utf16(section), measured: Encoding.ASCII.GetBytes(section + '\0')).Add(11, BootEventType.Ipl, Utf16(section), measured: [8]);
        foreach (var line in lines ?? []) builder.Add(12, BootEventType.Ipl, Utf16(line));
        for (var i = image + 1; i < chain.Length; i++) builder.Add(4, BootEventType.EfiBootServicesApplication, [1], measured: chain[i]);
        return builder.Add(9, BootEventType.EventTag, [3]).Add(5, BootEventType.EfiAction, "Exit Boot Services Invocation"u8.ToArray());
    }

    private static byte[] Utf16(string text) => Encoding.Unicode.GetBytes(text + '\0');
}
