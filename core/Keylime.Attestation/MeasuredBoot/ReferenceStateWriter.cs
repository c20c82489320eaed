using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Makes the reference state of a machine that is as it should be from its boot log, as <c>keylime-policy create measured-boot</c> does.</summary>
/// <remarks>What the log does not have is left out, and the engine then refuses the state by its path: a chain that was not seen cannot be made up.</remarks>
public static class ReferenceStateWriter
{
    private const string CommandLinePrefix = "kernel_cmdline: ";
    /// <summary>What Python's <c>re.escape</c> escapes, so that the state is the one that Keylime makes.</summary>
    private const string Special = "()[]{}?*+-|^$\\.&~# \t\n\r\v\f";

    /// <summary>Writes the state as JSON, UTF-8.</summary>
    /// <param name="log">The log, with SHA-256 digests.</param>
    /// <param name="engine">Whom it is for: <see cref="MeasuredBootEngine.Example"/> or <see cref="MeasuredBootEngine.Uki"/>.</param>
    public static byte[] Write(BootLog log, MeasuredBootEngine engine = MeasuredBootEngine.Example)
    {
        var hasSecureBoot = HasSecureBoot(log);
        var state = new JsonObject { ["has_secureboot"] = hasSecureBoot, ["scrtm_and_bios"] = new JsonArray(Firmware(log)) };
        foreach (var name in (string[])["pk", "kek", "db", "dbx"]) state[name] = Keys(log, name);
        state["vendor_db"] = VendorKeys(log);
        state["mokdig"] = MachineOwnerKeys(log, "MokList");
        state["mokxdig"] = MachineOwnerKeys(log, "MokListX");
        if ((engine == MeasuredBootEngine.Uki ? UnifiedKernel(log) : Kernel(log, hasSecureBoot)) is { } kernel) state["kernels"] = new JsonArray(kernel);
        return JsonSerializer.SerializeToUtf8Bytes(state, ConversionJson.Default.JsonObject);
    }

    private static bool HasSecureBoot(BootLog log) =>
        Variables(log, BootEventType.EfiVariableDriverConfig).FirstOrDefault(variable => variable.Name == "SecureBoot") is { Data.Span: [not 0] };

    private static JsonObject Firmware(BootLog log)
    {
        var firmware = new JsonObject();
        if (log.Events.FirstOrDefault(boot => boot.Type == BootEventType.SCrtmVersion) is { } scrtm) firmware["scrtm"] = Digest(scrtm);
        var blobs = log.Events.Where(boot => boot.Type is BootEventType.EfiPlatformFirmwareBlob or BootEventType.EfiPlatformFirmwareBlob2);
        firmware["platform_firmware"] = new JsonArray([.. blobs.Select(Digest)]);
        return firmware;
    }

    private static JsonArray Keys(BootLog log, string name)
    {
        var variable = Variables(log, BootEventType.EfiVariableDriverConfig).LastOrDefault(variable => variable.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (variable is null || !EfiSignatureList.TryParseAll(variable.Data, out var lists)) return [];
        return new JsonArray([.. lists.SelectMany(list => list.Signatures).Select(Key)]);
    }

    /// <summary>Keys of shim's own that vouched for an image.</summary>
    private static JsonArray VendorKeys(BootLog log) => new([.. Variables(log, BootEventType.EfiVariableAuthority)
        .Where(variable => variable.Name.Equals("vendor_db", StringComparison.OrdinalIgnoreCase) && variable.Data.Length > 16).Select(variable => Key(EfiSignature.Read(variable.Data)))]);

    private static JsonArray MachineOwnerKeys(BootLog log, string name) =>
        new([.. log.Events.Where(boot => boot.Type == BootEventType.Ipl && IplText(boot) == name).Select(Digest)]);

    /// <summary>Shim, GRUB, kernel; null when the log has another chain.</summary>
    private static JsonObject? Kernel(BootLog log, bool hasSecureBoot)
    {
        var applications = Applications(log);
        if (hasSecureBoot ? applications.Count is not (3 or 4) : applications.Count != 2) return null;
        var kernel = new JsonObject();
        if (hasSecureBoot) kernel["kernel_authcode_sha256"] = Sha256(applications[2]);
        kernel["shim_authcode_sha256"] = Sha256(applications[0]);
        kernel["grub_authcode_sha256"] = Sha256(applications[1]);
        var files = log.Events.Where(boot => boot is { Type: BootEventType.Ipl, Pcr: 9 }).ToList();
        if (files.Find(boot => IplText(boot).Contains("initrd", StringComparison.Ordinal) || IplText(boot).Contains("initramfs", StringComparison.Ordinal)) is { } initrd)
            kernel["initrd_plain_sha256"] = Sha256(initrd);
        if (!hasSecureBoot && files.Find(boot => IplText(boot).Contains("vmlinuz", StringComparison.Ordinal)) is { } vmlinuz) kernel["vmlinuz_plain_sha256"] = Sha256(vmlinuz);
        if (log.Events.FirstOrDefault(boot => boot is { Type: BootEventType.Ipl, Pcr: 8 } && IplText(boot).Contains("kernel_cmdline", StringComparison.Ordinal)) is { } line)
            kernel["kernel_cmdline"] = Escape(IplText(line)[Math.Min(CommandLinePrefix.Length, IplText(line).Length)..]);
        return kernel;
    }

    /// <summary>The image is the last application, or the last but one where it had the firmware start its kernel; what comes before are boot loaders.</summary>
    private static JsonObject? UnifiedKernel(BootLog log)
    {
        var applications = Applications(log);
        // The stub measures its sections when the image runs: a kernel that comes later is the one inside.
        var lastBefore = applications.FindLastIndex(boot => log.Events.Any(section => section is { Pcr: 11, Type: BootEventType.Ipl } && section.Number > boot.Number));
        var image = lastBefore < 0 ? applications.Count - 1 : lastBefore;
        if (image is < 0 or > 2) return null;
        var kernel = new JsonObject();
        string[] loaders = ["shim_authcode_sha256", "loader_authcode_sha256"];
        for (var i = 0; i < image; i++) kernel[loaders[i]] = Sha256(applications[i]);
        kernel["uki_authcode_sha256"] = Sha256(applications[image]);
        if (applications.Count > image + 1) kernel["kernel_authcode_sha256"] = Sha256(applications[image + 1]);
        var lines = log.Events.Where(boot => boot is { Pcr: 12, Type: BootEventType.Ipl }).Select(boot => Escape(Encoding.Unicode.GetString(boot.Data.Span).TrimEnd('\0'))).Distinct().ToList();
        if (lines.Count > 0) kernel["kernel_cmdline"] = string.Join('|', lines);
        return kernel;
    }

    /// <summary>What firmware started, but for its own menus: those lie in a firmware volume, and no reference values are known of them.</summary>
    private static List<BootEvent> Applications(BootLog log) =>
        [.. log.Events.Where(boot => boot.Type == BootEventType.EfiBootServicesApplication && !IsOfFirmwareVolume(boot.Data.Span))];

    /// <summary>UEFI_IMAGE_LOAD_EVENT: three words and the length of a device path, whose nodes MEDIA/PIWG volume and file say where the image lies.</summary>
    private static bool IsOfFirmwareVolume(ReadOnlySpan<byte> data)
    {
        const int pathOffset = 32, volumeNodeBytes = 20;
        return data.Length > pathOffset + volumeNodeBytes + 2 && data[pathOffset..].StartsWith<byte>([4, 7, volumeNodeBytes, 0]) && data[(pathOffset + volumeNodeBytes)..].StartsWith<byte>([4, 6]);
    }

    private static IEnumerable<EfiVariable> Variables(BootLog log, BootEventType type)
    {
        foreach (var boot in log.Events)
            if (boot.Type == type && EfiVariable.TryParse(boot.Data, out var variable)) yield return variable;
    }

    private static JsonObject Digest(BootEvent boot) => boot.DigestOf(TpmAlgorithm.Sha256).IsEmpty ? [] : new() { ["sha256"] = Sha256(boot) };

    private static string Sha256(BootEvent boot) => $"0x{Convert.ToHexStringLower(boot.DigestOf(TpmAlgorithm.Sha256).Span)}";

    private static JsonObject Key(EfiSignature signature) =>
        new() { ["SignatureOwner"] = signature.Owner.ToString(), ["SignatureData"] = $"0x{Convert.ToHexStringLower(signature.Data.Span)}" };

    private static string IplText(BootEvent boot) => Encoding.UTF8.GetString(boot.Data.Span.TrimEnd((byte)0));

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var symbol in text) escaped.Append(Special.Contains(symbol, StringComparison.Ordinal) ? "\\" : "").Append(symbol);
        return escaped.ToString();
    }
}
