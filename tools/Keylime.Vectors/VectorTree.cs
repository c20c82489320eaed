using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Keylime.Attestation.Endorsements;
using Keylime.Vectors.Judges;

namespace Keylime.Vectors;

/// <summary>A folder of test vectors with its <c>manifest.json</c>. Paths are relative to it and cannot leave it.</summary>
internal sealed class VectorTree
{
    /// <summary>Longest file that is read: several times the longest IMA list that was ever seen.</summary>
    private const int MaxBytes = 256 * 1024 * 1024;

    private readonly string _root;
    /// <summary>Files that stand for those on disk, by path.</summary>
    private readonly ImmutableDictionary<string, byte[]> _replaced;
    /// <summary>What files were read as. Records of many cases, policies and stores are looked into for each file that they judge.</summary>
    private readonly ConcurrentDictionary<(string Path, Type Type), object> _read;

    private VectorTree(string root, IReadOnlyList<VectorFile> files, ImmutableDictionary<string, byte[]> replaced, ConcurrentDictionary<(string Path, Type Type), object> read) =>
        (_root, Files, _replaced, _read) = (root, files, replaced, read);

    public IReadOnlyList<VectorFile> Files { get; }

    public static bool TryOpen(string folder, [NotNullWhen(true)] out VectorTree? tree, out string fault)
    {
        tree = null;
        var manifest = Path.Combine(folder, "manifest.json");
        fault = "";
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(manifest));
            if (root.Find("files") is { ValueKind: JsonValueKind.Array } files) tree = new(Path.GetFullPath(folder), [.. files.EnumerateArray().Select(VectorFile.Read)], ImmutableDictionary<string, byte[]>.Empty, []);
            else fault = $"{manifest}: files is not a list";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            fault = $"{manifest} cannot be read: {e.Message}";
        }
        return tree is not null;
    }

    /// <summary>The tree that lies beside the repository which a program was built in; null when there is none.</summary>
    public static string? FindBeside(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "vectors");
            if (File.Exists(Path.Combine(candidate, "manifest.json"))) return candidate;
        }
        return null;
    }

    /// <summary>The same tree with another content of one file.</summary>
    public VectorTree With(string path, byte[] content) => new(_root, Files, _replaced.SetItem(path, content), _read);

    public bool Exists(string path) => _replaced.ContainsKey(path) || File.Exists(Resolve(path));

    /// <summary>The path of a file that a record names: beside the record, or from the tree's root.</summary>
    public string Near(string folder, string name)
    {
        var beside = folder.Length == 0 ? name : $"{folder}/{name}";
        return !Exists(beside) && Exists(name) ? name : beside;
    }

    /// <summary>A file's bytes, unpacked when its name ends in <c>.gz</c>.</summary>
    public byte[] Read(string path)
    {
        if (_replaced.TryGetValue(path, out var replaced)) return replaced;
        var full = Resolve(path);
        if (!File.Exists(full)) throw new VectorFormatException($"there is no file {path}");
        if (new FileInfo(full).Length > MaxBytes) throw new VectorFormatException($"{path} is longer than {MaxBytes} bytes");
        var bytes = File.ReadAllBytes(full);
        if (!path.EndsWith(".gz", StringComparison.Ordinal)) return bytes;
        using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = packed.Read(buffer)) > 0;)
        {
            if (unpacked.Length + count > MaxBytes) throw new VectorFormatException($"{path} unpacks to more than {MaxBytes} bytes");
            unpacked.Write(buffer, 0, count);
        }
        return unpacked.ToArray();
    }

    public string ReadText(string path) => Encoding.UTF8.GetString(Read(path));

    public JsonElement ReadJson(string path) => ReadAs(path, bytes => JsonSerializer.Deserialize<JsonElement>(bytes));

    /// <summary>A file as something else, made of it once. Of a type that is made of it in one way only.</summary>
    public T ReadAs<T>(string path, Func<byte[], T> make) where T : notnull =>
        _replaced.ContainsKey(path) ? make(Read(path)) : (T)_read.GetOrAdd((path, typeof(T)), _ => make(Read(path)));

    /// <summary>All certificates of a file, in DER or PEM; none when one of them cannot be read.</summary>
    public IReadOnlyList<Certificate> ReadCertificates(string path) => ReadAs<IReadOnlyList<Certificate>>(path, bytes => Certificate.TryParseAll(bytes, out var certificates) ? certificates : []);

    /// <summary>Relative paths of the files in a folder.</summary>
    public IEnumerable<string> List(string folder, string pattern) =>
        Directory.Exists(Resolve(folder)) ? Directory.EnumerateFiles(Resolve(folder), pattern).Select(file => Path.GetRelativePath(_root, file)).Order(StringComparer.Ordinal) : [];

    private string Resolve(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)) throw new VectorFormatException("a path is empty, or holds a zero byte");
        var full = Path.GetFullPath(Path.Combine(_root, path));
        return full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full : throw new VectorFormatException($"{path} lies outside the tree");
    }
}

/// <summary>One record of the manifest.</summary>
/// <param name="Path">The file; the record's number when it names none.</param>
/// <param name="Kind">Who judges it.</param>
/// <param name="Expected">What the manifest says of it; an empty object when it says nothing.</param>
/// <param name="Fault">What is wrong with the record itself; null when it can be judged.</param>
internal sealed record VectorFile(string Path, string Kind, JsonElement Expected, string? Fault = null)
{
    private static readonly JsonElement Nothing = JsonSerializer.Deserialize<JsonElement>("{}");
    private static readonly JsonElement Valid = JsonSerializer.Deserialize<JsonElement>("""{"valid":true}""");
    private static readonly JsonElement Invalid = JsonSerializer.Deserialize<JsonElement>("""{"valid":false}""");

    /// <summary>The folder that the file lies in.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    public static VectorFile Read(JsonElement record, int number)
    {
        var path = record.FindText("path");
        var kind = record.FindText("kind");
        var expected = record.Find("expected");
        var fault = path is null ? "path is not a text" : kind is null ? "kind is not a text" : null;
        if (expected is { ValueKind: not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False) }) fault ??= "expected is neither an object nor true or false";
        var members = expected?.ValueKind switch
        {
            JsonValueKind.Object => expected.Value,
            JsonValueKind.True => Valid, // A bare verdict.
            JsonValueKind.False => Invalid,
            _ => Nothing,
        };
        return new(path ?? $"files[{number}]", kind ?? "(none)", members, fault);
    }

    public bool? Flag(string member) =>
        Expected.TryGetProperty(member, out var flag) && flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : null;

    public string? Text(string member) => Expected.FindText(member);
}
