using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Keylime.Tenant.Policies;

/// <summary>Writes a runtime policy of version 1.</summary>
internal sealed class RuntimePolicyWriter
{
    /// <summary>Generators of Keylime: 2 compatible. 0 and 1 mean that there is no policy to speak of.</summary>
    private const int CompatibleGenerator = 2;

    private readonly SortedDictionary<string, SortedSet<string>> _digests = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _keyrings = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _buffers = new(StringComparer.Ordinal);

    public SortedSet<string> Excludes { get; } = new(StringComparer.Ordinal);

    public int FileCount => _digests.Count;

    public void AddFile(string path, string digest) => Add(_digests, path, digest);

    public void AddKeyring(string name, string digest) => Add(_keyrings, name, digest);

    public void AddBuffer(string name, string digest) => Add(_buffers, name, digest);

    public byte[] ToJson(DateTimeOffset at)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("meta");
            json.WriteNumber("version", 1);
            json.WriteNumber("generator", CompatibleGenerator);
            json.WriteString("timestamp", at.ToString("O", CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteNumber("release", 0);
            Write(json, "digests", _digests);
            json.WriteStartArray("excludes");
            foreach (var exclude in Excludes) json.WriteStringValue(exclude);
            json.WriteEndArray();
            Write(json, "keyrings", _keyrings);
            json.WriteStartObject("ima");
            json.WriteStartArray("ignored_keyrings");
            json.WriteEndArray();
            json.WriteString("log_hash_alg", "sha1");
            json.WriteNull("dm_policy");
            json.WriteEndObject();
            Write(json, "ima-buf", _buffers);
            json.WriteString("verification-keys", "");
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    // IMA's own spelling: a name in its list has no blanks.
    private static void Add(SortedDictionary<string, SortedSet<string>> entries, string name, string digest)
    {
        var key = name.Replace(' ', '_');
        if (!entries.TryGetValue(key, out var digests)) entries[key] = digests = new(StringComparer.Ordinal);
        digests.Add(digest);
    }

    private static void Write(Utf8JsonWriter json, string member, SortedDictionary<string, SortedSet<string>> entries)
    {
        json.WriteStartObject(member);
        foreach (var (name, digests) in entries)
        {
            json.WriteStartArray(name);
            foreach (var digest in digests) json.WriteStringValue(digest);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
