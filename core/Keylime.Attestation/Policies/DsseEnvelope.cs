using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Keylime.Attestation.Policies;

/// <summary>A signed policy: DSSE envelope version 1 around the policy's text.</summary>
/// <remarks>Key ids are hints and are not looked at: a signature counts when the key that the operator gave verifies it.</remarks>
public sealed class DsseEnvelope
{
    /// <summary>The only payload type of Keylime's policies.</summary>
    public const string PayloadType = "application/vnd.keylime+json";

    private const int MaxSignatures = 16;

    private readonly IReadOnlyList<byte[]> _signatures;

    private DsseEnvelope(byte[] payload, IReadOnlyList<byte[]> signatures) => (Payload, _signatures) = (payload, signatures);

    /// <summary>The text that was signed: policy JSON, UTF-8.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Whether a text is meant to be an envelope: a JSON object with a member <c>payload</c> at the top.</summary>
    public static bool IsEnvelope(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("payload"u8)) return true;
                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Whoever parses the text will say where it is broken.
        }
        return false;
    }

    /// <summary>Takes an envelope apart. The signatures are not verified: see <see cref="IsSignedBy"/>.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out DsseEnvelope? envelope, [NotNullWhen(false)] out PolicyFault? fault)
    {
        envelope = null;
        try
        {
            using var document = JsonDocument.Parse(utf8);
            envelope = Read(document.RootElement, out fault);
        }
        catch (JsonException e)
        {
            fault = new("$", $"is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})");
        }
        catch (InvalidOperationException)
        {
            fault = new("$", "holds a text that is not Unicode"); // The JSON reader's word for half a surrogate pair, which its grammar allows.
        }
        return envelope is not null;
    }

    /// <summary>Whether one of the signatures is the key's: ECDSA with SHA-256 over the DSSE pre-authentication encoding.</summary>
    /// <param name="pem">PEM of an EC public key, or of a certificate that holds one.</param>
    public bool IsSignedBy(string pem)
    {
        using var key = ReadKey(pem);
        if (key is null) return false;
        var encoding = PreAuthenticationEncoding(Payload.Span);
        try
        {
            return _signatures.Any(signature => key.VerifyData(encoding, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
        catch (CryptographicException)
        {
            return false; // A key that the platform cannot compute with signed nothing.
        }
    }

    /// <summary>What is signed for a payload: <c>DSSEv1 LENGTH TYPE LENGTH PAYLOAD</c>, lengths in decimal bytes.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="payloadType">Its type; ASCII.</param>
    public static byte[] PreAuthenticationEncoding(ReadOnlySpan<byte> payload, string payloadType = PayloadType) =>
        [.. Encoding.UTF8.GetBytes(FormattableString.Invariant($"DSSEv1 {payloadType.Length} {payloadType} {payload.Length} ")), .. payload];

    private static DsseEnvelope? Read(JsonElement root, out PolicyFault? fault)
    {
        fault = RepeatedNames.Find(root, "$") is { } repeated ? new(repeated, "occurs twice") : null;
        if (fault is not null) return null;
        if (root.ValueKind != JsonValueKind.Object) fault = new("$", "is not an object");
        else if (!TryGetText(root, "payloadType", out var type) || type != PayloadType) fault = new("$.payloadType", $"is not {PayloadType}");
        else if (!TryGetBytes(root, "payload", out var payload)) fault = new("$.payload", "is not base64");
        else if (!root.TryGetProperty("signatures", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxSignatures)
            fault = new("$.signatures", $"is not a list of 1 to {MaxSignatures} signatures");
        else
        {
            var signatures = new List<byte[]>();
            foreach (var entry in list.EnumerateArray())
            {
                if (entry.ValueKind != JsonValueKind.Object || !TryGetBytes(entry, "sig", out var signature))
                {
                    fault = new($"$.signatures[{signatures.Count}].sig", "is not base64");
                    return null;
                }
                signatures.Add(signature);
            }
            return new(payload, signatures);
        }
        return null;
    }

    private static ECDsa? ReadKey(string pem)
    {
        try
        {
            if (pem.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
            {
                using var certificate = X509Certificate2.CreateFromPem(pem);
                return certificate.GetECDsaPublicKey();
            }
            var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    private static bool TryGetText(JsonElement element, string name, [NotNullWhen(true)] out string? text)
    {
        text = element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null;
    }

    private static bool TryGetBytes(JsonElement element, string name, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out bytes);
    }
}
