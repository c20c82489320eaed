using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies.DeviceMapper;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Reads policy JSON in one pass over its bytes, straight into the compiled form, and says where it is wrong.</summary>
/// <remarks>Keylime's schema holds. Members that it does not know are passed over, as there. A name that occurs twice is refused: readers would differ on which counts.</remarks>
internal ref struct RuntimePolicyReader
{
    private static readonly string[] RequiredOfMeta = ["version", "generator"];
    private static readonly string[] RequiredOfIma = ["ignored_keyrings", "log_hash_alg", "dm_policy"];
    private static readonly string[] Required = ["meta", "release", "digests", "excludes", "keyrings", "ima", "ima-buf", "verification-keys"];

    private const string NotUtf8 = "holds a text that is not UTF-8";

    private Utf8JsonReader _json;
    private PolicyFault? _fault;

    private int _generator;
    private TpmAlgorithm _logHash;
    private DigestTable _files, _keyrings, _buffers;
    private ExcludeList _excludes;
    private List<string> _ignoredKeyrings;
    private ImaKeyring _verificationKeys;
    private DeviceMapperPolicy? _deviceMapperPolicy;

    private RuntimePolicyReader(ReadOnlySpan<byte> utf8)
    {
        _json = new Utf8JsonReader(utf8);
        _logHash = TpmAlgorithm.Sha1;
        _files = _keyrings = _buffers = DigestTable.Empty;
        _excludes = ExcludeList.None;
        _ignoredKeyrings = [];
        _verificationKeys = ImaKeyring.Empty;
    }

    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RuntimePolicy? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        policy = null;
        fault = utf8.Length > RuntimePolicy.MaxTextBytes ? new("$", $"is longer than {RuntimePolicy.MaxTextBytes} bytes") : null;
        // Names and texts of members that are passed over are not decoded, so the reader would not notice there.
        if (fault is null && !Utf8.IsValid(utf8)) fault = new("$", NotUtf8);
        if (fault is not null) return false;
        try
        {
            var reader = new RuntimePolicyReader(utf8);
            reader.ReadPolicy();
            fault = reader._fault;
            policy = fault is null ? reader.Build() : null;
        }
        catch (JsonException e)
        {
            fault = new("$", $"is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})");
        }
        catch (InvalidOperationException)
        {
            fault = new("$", NotUtf8); // Utf8JsonReader's word for a broken string.
        }
        return policy is not null;
    }

    private readonly RuntimePolicy Build() => new()
    {
        Generator = _generator,
        LogHash = _logHash,
        Files = _files,
        Keyrings = _keyrings,
        Buffers = _buffers,
        Excludes = _excludes,
        IgnoredKeyrings = [.. _ignoredKeyrings.Select(Encoding.UTF8.GetBytes)],
        IgnoresAllKeyrings = _ignoredKeyrings.Contains("*"),
        VerificationKeys = _verificationKeys,
        DeviceMapperPolicy = _deviceMapperPolicy,
    };

    private void ReadPolicy()
    {
        _json.Read();
        if (!Expect("$", JsonTokenType.StartObject, "an object")) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (ReadMemberName("$", seen) is { } member) ReadMember(member);
        RequireAll("$", Required, seen);
        if (_fault is null) _json.Read(); // Throws when anything but white space follows.
    }

    /// <summary>The name of an object's next member, which was not there before, and goes on to its value; null at the object's end and after a fault.</summary>
    private string? ReadMemberName(string path, HashSet<string> seen)
    {
        if (_fault is not null || !_json.Read() || _json.TokenType != JsonTokenType.PropertyName) return null;
        var name = _json.GetString()!;
        if (!seen.Add(name)) Fail($"{path}['{DisplayText.Of(name)}']", "occurs twice");
        _json.Read();
        return _fault is null ? name : null;
    }

    private void RequireAll(string path, string[] members, HashSet<string> seen)
    {
        foreach (var member in members)
            if (!seen.Contains(member)) Fail($"{path}.{member}", "is missing");
    }

    private void ReadMember(string member)
    {
        switch (member)
        {
            case "meta": ReadMeta(); break;
            case "release": ReadNumber("$.release", long.MaxValue); break;
            case "digests": _files = ReadTable("$.digests"); break;
            case "keyrings": _keyrings = ReadTable("$.keyrings"); break;
            case "ima-buf": _buffers = ReadTable("$['ima-buf']"); break;
            case "excludes": ReadExcludes(); break;
            case "ima": ReadIma(); break;
            case "verification-keys":
                ReadVerificationKeys();
                break;
            default: _json.Skip(); break;
        }
    }

    private void ReadMeta()
    {
        if (!Expect("$.meta", JsonTokenType.StartObject, "an object")) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (ReadMemberName("$.meta", seen) is { } member)
        {
            switch (member)
            {
                case "version": if (ReadNumber("$.meta.version", long.MaxValue) > 1) Fail("$.meta.version", "is newer than 1"); break;
                case "generator": _generator = (int)ReadNumber("$.meta.generator", 3); break;
                case "timestamp": Expect("$.meta.timestamp", JsonTokenType.String, "a text"); break;
                default: _json.Skip(); break;
            }
        }
        RequireAll("$.meta", RequiredOfMeta, seen);
    }

    private void ReadIma()
    {
        if (!Expect("$.ima", JsonTokenType.StartObject, "an object")) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (ReadMemberName("$.ima", seen) is { } member)
        {
            switch (member)
            {
                case "ignored_keyrings": _ignoredKeyrings = ReadTexts("$.ima.ignored_keyrings"); break;
                case "log_hash_alg":
                    if (!Expect("$.ima.log_hash_alg", JsonTokenType.String, "a text")) break;
                    if (!TpmHash.TryParseHashName(_json.GetString(), out _logHash)) Fail("$.ima.log_hash_alg", "is not sha1, sha256, sha384 or sha512");
                    break;
                case "dm_policy":
                    ReadDeviceMapperPolicy();
                    break;
                default: _json.Skip(); break;
            }
        }
        RequireAll("$.ima", RequiredOfIma, seen);
    }

    private void ReadDeviceMapperPolicy()
    {
        // Keylime's schema allows null only, although its appraisal knows these policies.
        if (_json.TokenType == JsonTokenType.Null) return;
        if (!Expect("$.ima.dm_policy", JsonTokenType.StartObject, "an object or null")) return;
        using var document = JsonDocument.ParseValue(ref _json);
        if (!DeviceMapperPolicy.TryRead(document.RootElement, "$.ima.dm_policy", out _deviceMapperPolicy, out var fault)) _fault ??= fault;
    }

    private void ReadVerificationKeys()
    {
        if (!Expect("$['verification-keys']", JsonTokenType.String, "a text")) return;
        if (ImaKeyring.TryParse(_json.GetString()!, out var keyring, out var path, out var fault)) _verificationKeys = keyring;
        else Fail($"$['verification-keys']{path[1..]}", fault);
    }

    private long ReadNumber(string path, long max)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var number) && number >= 0 && number <= max) return number;
        Fail(path, max == long.MaxValue ? "is not a whole number from 0" : $"is not a whole number from 0 to {max}");
        return 0;
    }

    private void ReadExcludes()
    {
        var expressions = ReadTexts("$.excludes");
        if (_fault is not null) return;
        if (ExcludeList.TryCompile(expressions, out var list, out var index, out var fault)) _excludes = list;
        else Fail($"$.excludes[{index}]", fault);
    }

    private List<string> ReadTexts(string path)
    {
        var texts = new List<string>();
        if (!Expect(path, JsonTokenType.StartArray, "a list")) return texts;
        while (_fault is null && _json.Read() && _json.TokenType != JsonTokenType.EndArray)
            if (Expect($"{path}[{texts.Count}]", JsonTokenType.String, "a text")) texts.Add(_json.GetString()!);
        return texts;
    }

    /// <summary><c>{"name":["hex digest", ...], ...}</c></summary>
    private DigestTable ReadTable(string path)
    {
        if (!Expect(path, JsonTokenType.StartObject, "an object")) return DigestTable.Empty;
        var table = new DigestTable.Builder();
        Span<byte> digest = stackalloc byte[TpmHash.MaxDigestBytes];
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadName(ref table);
            _json.Read();
            if (_json.TokenType != JsonTokenType.StartArray) return FailTable(path, name, "", "is not a list");
            var count = 0;
            for (; _json.Read() && _json.TokenType == JsonTokenType.String; count++)
            {
                // MD5 (32 digits) is more than Keylime's schema allows, and what kernels with ima_hash=md5 measure.
                if (_json.ValueSpan.Length is < 32 or > 128 || Convert.FromHexString(_json.ValueSpan, digest, out _, out var length) != OperationStatus.Done
                    || _json.ValueSpan.ContainsAnyInRange((byte)'A', (byte)'F'))
                    return FailTable(path, name, $"[{count}]", "is not 32 to 128 lower-case hex digits");
                table.AddDigest(digest[..length]);
            }
            if (_json.TokenType != JsonTokenType.EndArray) return FailTable(path, name, $"[{count}]", "is not a text");
            if (count == 0) return FailTable(path, name, "", "is an empty list");
        }
        return table.TryBuild(out var duplicate) ?? FailTable(path, duplicate, "", "occurs twice");
    }

    /// <summary>Adds the property's name to the table; an escaped one is unescaped first.</summary>
    private readonly ReadOnlySpan<byte> ReadName(ref DigestTable.Builder table)
    {
        var name = _json.ValueIsEscaped ? Encoding.UTF8.GetBytes(_json.GetString()!) : _json.ValueSpan;
        table.AddName(name);
        return name;
    }

    private DigestTable FailTable(string path, scoped ReadOnlySpan<byte> name, string suffix, string detail)
    {
        Fail($"{path}['{DisplayText.Of(name)}']{suffix}", detail);
        return DigestTable.Empty;
    }

    private bool Expect(string path, JsonTokenType type, string what)
    {
        if (_json.TokenType != type) Fail(path, $"is not {what}");
        return _json.TokenType == type;
    }

    private void Fail(string path, string detail) => _fault ??= new(path, detail);
}
