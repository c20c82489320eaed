using System.Text.Json;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot.Reference;

/// <summary>Reads a reference state. The first fault sticks and names its JSON path.</summary>
internal sealed class ReferenceStateReader(MeasuredBootEngine engine)
{
    public PolicyFault? Fault { get; private set; }

    public ReferenceState Read(JsonElement root)
    {
        var secureBoot = !root.TryGetProperty("has_secureboot", out var flag) || flag.ValueKind == JsonValueKind.True;
        if (flag.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.True or JsonValueKind.False)) Fail("$.has_secureboot", "is not true or false");
        return new()
        {
            HasSecureBoot = secureBoot,
            Firmwares = ReadList(root, "$", "scrtm_and_bios", ReadFirmware),
            Kernels = engine == MeasuredBootEngine.Example ? ReadList(root, "$", "kernels", (kernel, path) => ReadKernel(kernel, path, secureBoot)) : [],
            UnifiedKernels = engine == MeasuredBootEngine.Uki ? ReadList(root, "$", "kernels", ReadUnifiedKernel) : [],
            Pk = ReadKeys(root, "pk"),
            Kek = ReadKeys(root, "kek"),
            Db = ReadKeys(root, "db"),
            Dbx = ReadKeys(root, "dbx"),
            VendorDb = root.TryGetProperty("vendor_db", out _) ? ReadKeys(root, "vendor_db") : new HashSet<Key>(),
            MokList = ReadList(root, "$", "mokdig", ReadDigests),
            MokListX = ReadList(root, "$", "mokxdig", ReadDigests),
        };
    }

    private Firmware ReadFirmware(JsonElement firmware, string path) =>
        new(ReadDigests(Member(firmware, "scrtm"), $"{path}.scrtm"), ReadList(firmware, path, "platform_firmware", ReadDigests));

    private Kernel ReadKernel(JsonElement kernel, string path, bool secureBoot) => new(
        ReadSha256(kernel, path, "shim_authcode_sha256"),
        ReadSha256(kernel, path, "grub_authcode_sha256"),
        secureBoot ? ReadSha256(kernel, path, "kernel_authcode_sha256") : null,
        secureBoot ? null : ReadSha256(kernel, path, "vmlinuz_plain_sha256"),
        ReadSha256(kernel, path, "initrd_plain_sha256"),
        ReadCommandLine(kernel, path));

    private UnifiedKernel ReadUnifiedKernel(JsonElement kernel, string path)
    {
        string[] loaders = ["shim_authcode_sha256", "loader_authcode_sha256"];
        return new(
            [.. loaders.Where(loader => Member(kernel, loader).ValueKind != JsonValueKind.Undefined).Append("uki_authcode_sha256").Select(member => ReadSha256(kernel, path, member))],
            Member(kernel, "kernel_authcode_sha256").ValueKind == JsonValueKind.Undefined ? null : ReadSha256(kernel, path, "kernel_authcode_sha256"),
            Member(kernel, "kernel_cmdline").ValueKind == JsonValueKind.Undefined ? null : ReadCommandLine(kernel, path));
    }

    /// <summary>What a kernel's command line may be: an expression for the whole of it.</summary>
    private PolicyExpression ReadCommandLine(JsonElement kernel, string path)
    {
        var member = $"{path}.kernel_cmdline";
        if (PolicyExpression.TryCompile(ReadText(Member(kernel, "kernel_cmdline"), member), member, out var expression)) return expression;
        Fail(member, "is not a regular expression");
        return PolicyExpression.Nothing;
    }

    private Digests ReadSha256(JsonElement parent, string path, string name) =>
        new(new Dictionary<TpmAlgorithm, string> { [TpmAlgorithm.Sha256] = ReadHex(Member(parent, name), $"{path}.{name}") });

    private Digests ReadDigests(JsonElement digests, string path)
    {
        var byBank = new Dictionary<TpmAlgorithm, string>();
        if (digests.ValueKind != JsonValueKind.Object) Fail(path, "is not an object of digests");
        else
            foreach (var digest in digests.EnumerateObject())
            {
                var hex = ReadHex(digest.Value, $"{path}.{digest.Name}");
                // A bank that we cannot replay can never be the quoted one.
                if (TpmHash.TryParseHashName(digest.Name, out var bank)) byBank[bank] = hex;
            }
        return new(byBank);
    }

    private HashSet<Key> ReadKeys(JsonElement root, string name) => [.. ReadList(root, "$", name, ReadKey)];

    private Key ReadKey(JsonElement key, string path)
    {
        var owner = ReadText(Member(key, "SignatureOwner"), $"{path}.SignatureOwner");
        if (!Guid.TryParse(owner, out var guid)) Fail($"{path}.SignatureOwner", "is not a UUID");
        return new(guid, ReadHex(Member(key, "SignatureData"), $"{path}.SignatureData"));
    }

    private List<T> ReadList<T>(JsonElement parent, string path, string name, Func<JsonElement, string, T> read)
    {
        var list = Member(parent, name);
        var items = new List<T>();
        if (list.ValueKind != JsonValueKind.Array) Fail($"{path}.{name}", "is not a list");
        else
            foreach (var item in list.EnumerateArray()) items.Add(read(item, $"{path}.{name}[{items.Count}]"));
        return items;
    }

    private string ReadHex(JsonElement value, string path)
    {
        var text = ReadText(value, path);
        if (text.Length > 2 && text.StartsWith("0x", StringComparison.Ordinal) && text.Skip(2).All(char.IsAsciiHexDigitLower)) return text[2..];
        Fail(path, "is not 0x followed by lower-case hex digits");
        return "";
    }

    private string ReadText(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String) return value.GetString()!;
        Fail(path, "is missing or not text");
        return "";
    }

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : default;

    private void Fail(string path, string detail) => Fault ??= new(path, detail);
}
