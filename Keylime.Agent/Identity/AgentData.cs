using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keylime.Agent.Identity;

/// <summary>The attestation key as it is kept over restarts: <c>agent_data.json</c>, byte for byte the Rust agent's file, so that each agent can take
/// over the other's. Losing it means a new key, which registrars refuse.</summary>
/// <param name="HashAlgorithm">The Rust agent's name: <c>Sha256</c>.</param>
/// <param name="SigningAlgorithm">The Rust agent's name: <c>RsaSsa</c>.</param>
/// <param name="Public">TPMT_PUBLIC, without a size in front.</param>
/// <param name="Private">Content of TPM2B_PRIVATE, without the size. Sealed by the TPM: worth nothing elsewhere.</param>
/// <param name="EndorsementKeyHash">ASCII of the hex digits of the EK's hash (the id that <c>hash_ek</c> gives).</param>
internal sealed record AgentData(
    [property: JsonPropertyName("ak_hash_alg"), JsonRequired] string HashAlgorithm,
    [property: JsonPropertyName("ak_sign_alg"), JsonRequired] string SigningAlgorithm,
    [property: JsonPropertyName("ak_public"), JsonRequired, JsonConverter(typeof(ByteListConverter))] byte[] Public,
    [property: JsonPropertyName("ak_private"), JsonRequired, JsonConverter(typeof(ByteListConverter))] byte[] Private,
    [property: JsonPropertyName("ek_hash"), JsonRequired, JsonConverter(typeof(ByteListConverter))] byte[] EndorsementKeyHash)
{
    /// <summary>The data of a key, for the file.</summary>
    public static AgentData Create(TpmAlgorithms algorithms, byte[] publicArea, byte[] privateArea, string endorsementKeyHash) =>
        new(algorithms.RustHashName, algorithms.RustSigningName, publicArea, privateArea, Encoding.ASCII.GetBytes(endorsementKeyHash));

    /// <summary>Whether the key was made with these algorithms below this EK. Another TPM, or changed options: another key is wanted.</summary>
    public bool Fits(TpmAlgorithms algorithms, string endorsementKeyHash) =>
        HashAlgorithm == algorithms.RustHashName && SigningAlgorithm == algorithms.RustSigningName
        && EndorsementKeyHash.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(endorsementKeyHash));

    /// <summary>Reads the file's text; false with the reason when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> json, [NotNullWhen(true)] out AgentData? data, out string error)
    {
        data = null;
        error = "the file holds null";
        try { data = JsonSerializer.Deserialize(json, AgentDataJson.Default.AgentData); }
        catch (JsonException e) { error = e.Message; }
        return data is not null;
    }

    /// <summary>The file's text.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, AgentDataJson.Default.AgentData);
}

// Indented by two blanks with one number per line: what serde_json's pretty printer writes.
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AgentData))]
internal sealed partial class AgentDataJson : JsonSerializerContext;

/// <summary>Bytes as a list of numbers, where JSON of .NET would write base64.</summary>
internal sealed class ByteListConverter : JsonConverter<byte[]>
{
    /// <summary>Far above any key blob of a TPM.</summary>
    private const int MaxBytes = 8192;

    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a list of bytes is expected");
        var bytes = new List<byte>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetByte(out var value)) throw new JsonException("a number from 0 to 255 is expected");
            if (bytes.Count == MaxBytes) throw new JsonException($"a list of at most {MaxBytes} bytes is expected");
            bytes.Add(value);
        }
        return [.. bytes];
    }

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var number in value) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
