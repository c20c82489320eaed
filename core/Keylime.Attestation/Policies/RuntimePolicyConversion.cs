using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Brings what was written for older Keylime versions into the form of runtime policy version 1. What comes out compiles.</summary>
/// <remarks>Four forms are told apart by themselves: flat allow lists (<c>digest path</c> by line), JSON allow lists (<c>hashes</c>), runtime policies below
/// version 1 or with members missing, and version 1 itself, which passes unchanged.</remarks>
public static class RuntimePolicyConversion
{
    private const int Compatible = 2;
    private const int Legacy = 3;
    private const string KeyringPrefix = "%keyring:";

    private static readonly string[] Tables = ["digests", "keyrings", "ima-buf"];

    /// <summary>Converts a policy.</summary>
    /// <param name="utf8">The text, UTF-8.</param>
    /// <param name="excludes">An exclude list of the older form: one expression a line, <c>#</c> comments; empty for none. Added to those of the policy.</param>
    /// <param name="policy">Version 1 JSON, UTF-8.</param>
    /// <param name="fault">What cannot be converted, and where: a JSON path, or a line.</param>
    public static bool TryConvert(ReadOnlySpan<byte> utf8, string excludes, [NotNullWhen(true)] out byte[]? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        policy = null;
        if (utf8.Length > RuntimePolicy.MaxTextBytes)
        {
            fault = new("$", $"is longer than {RuntimePolicy.MaxTextBytes} bytes");
            return false;
        }
        var expressions = excludes.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
        var isJson = utf8.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
        if (isJson && expressions.Count == 0 && RuntimePolicy.TryCompile(utf8, out _, out _)) policy = utf8.ToArray();
        else if (!TryRewrite(utf8, isJson, expressions, out policy, out fault)) return false;
        if (!RuntimePolicy.TryCompile(policy, out _, out fault)) policy = null;
        return policy is not null;
    }

    private static JsonObject Skeleton(int generator) => new()
    {
        ["meta"] = new JsonObject { ["version"] = 1, ["generator"] = generator },
        ["release"] = 0,
        ["digests"] = new JsonObject(),
        ["excludes"] = new JsonArray(),
        ["keyrings"] = new JsonObject(),
        ["ima"] = new JsonObject { ["ignored_keyrings"] = new JsonArray(), ["log_hash_alg"] = "sha1", ["dm_policy"] = null },
        ["ima-buf"] = new JsonObject(),
        ["verification-keys"] = "",
    };

    private static bool TryRewrite(ReadOnlySpan<byte> utf8, bool isJson, List<string> excludes,
        [NotNullWhen(true)] out byte[]? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        policy = null;
        try
        {
            if ((isJson ? FromJson(utf8, out fault) : FromLines(Encoding.UTF8.GetString(utf8), out fault)) is not { } converted) return false;
            var listed = converted["excludes"] as JsonArray;
            foreach (var expression in excludes) listed?.Add(expression);
            policy = JsonSerializer.SerializeToUtf8Bytes(converted, ConversionJson.Default.JsonObject);
        }
        catch (JsonException e)
        {
            fault = new("$", $"is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})");
        }
        // Objects are read when they are first looked at, and only then it shows that a name occurs twice, or that a text is half a surrogate pair.
        catch (ArgumentException)
        {
            fault = new("$", "has a member that occurs twice");
        }
        catch (InvalidOperationException)
        {
            fault = new("$", "holds a text that is not Unicode");
        }
        return policy is not null;
    }

    private static JsonObject? FromJson(ReadOnlySpan<byte> utf8, out PolicyFault fault)
    {
        var source = JsonNode.Parse(utf8) as JsonObject ?? [];
        fault = new("$.hashes", "stands beside digests: an allow list has the one, a runtime policy the other");
        var isAllowList = source.ContainsKey("hashes");
        if (isAllowList && source.ContainsKey("digests")) return null;
        fault = new("$", "is neither an allow list (hashes) nor a runtime policy (digests)");
        if (!isAllowList && !source.ContainsKey("digests")) return null;

        var generator = isAllowList ? Legacy : Compatible;
        var converted = Skeleton(source["meta"] is JsonObject meta && meta["generator"] is JsonValue known && known.TryGetValue(out int number) && !isAllowList ? number : generator);
        foreach (var (name, value) in source)
        {
            var target = name == "hashes" ? "digests" : name;
            if (target == "ima" && value is JsonObject ima) Merge(ima, (JsonObject)converted["ima"]!);
            else if (target != "meta" && converted.ContainsKey(target)) converted[target] = value?.DeepClone();
        }
        // Releases were once texts.
        if (converted["release"] is JsonValue release && release.TryGetValue(out string? text) && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var digits)) converted["release"] = digits;
        foreach (var table in Tables) Normalize(converted[table] as JsonObject);
        if (converted["verification-keys"] is JsonArray { Count: 0 } or null) converted["verification-keys"] = "";
        return converted;
    }

    private static void Merge(JsonObject source, JsonObject target)
    {
        foreach (var (name, value) in source)
            if (target.ContainsKey(name)) target[name] = value?.DeepClone();
    }

    /// <summary>Digests were once written with their algorithm, or in capitals. Other than text is left for the compiler to refuse, by its path.</summary>
    private static void Normalize(JsonObject? table)
    {
        if (table is null) return;
        foreach (var digests in table.Select(member => member.Value).OfType<JsonArray>())
            for (var i = 0; i < digests.Count; i++)
                if (digests[i] is JsonValue value && value.TryGetValue(out string? text)) digests[i] = Normalize(text);
    }

    private static string Normalize(string digest)
    {
        var colon = digest.IndexOf(':', StringComparison.Ordinal);
        var isNamed = colon > 0 && (TpmHash.TryParseHashName(digest[..colon], out _) || digest[..colon] is "md5" or "sm3_256");
        return (isNamed ? digest[(colon + 1)..] : digest).ToLowerInvariant();
    }

    /// <summary>Lines of digest and path, split at the first blank, so that paths may hold blanks.</summary>
    private static JsonObject? FromLines(string text, out PolicyFault fault)
    {
        fault = new("$", "is empty");
        var converted = Skeleton(Legacy);
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0) continue;
            var blank = line.AsSpan().IndexOfAny(' ', '\t');
            if (blank < 0)
            {
                fault = new($"line {number}", "is not a digest and a path");
                return null;
            }
            var path = line[blank..].TrimStart();
            var isKeyring = path.StartsWith(KeyringPrefix, StringComparison.Ordinal);
            Add((JsonObject)converted[isKeyring ? "keyrings" : "digests"]!, isKeyring ? path[KeyringPrefix.Length..] : path, Normalize(line[..blank]));
        }
        return converted;
    }

    private static void Add(JsonObject table, string name, string digest)
    {
        if (table[name] is JsonArray digests) digests.Add(digest);
        else table[name] = new JsonArray(digest);
    }
}

/// <summary>Serialization of what a conversion makes.</summary>
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ConversionJson : JsonSerializerContext;
