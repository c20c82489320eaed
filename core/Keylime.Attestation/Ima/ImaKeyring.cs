using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;

namespace Keylime.Attestation.Ima;

/// <summary>Keys that verify file signatures. Immutable.</summary>
public sealed class ImaKeyring
{
    /// <summary>Most keys that are learned from one machine's list.</summary>
    internal const int MaxLearnedKeys = 64;
    private const int MaxTextLength = 1024 * 1024;

    private ImaKeyring(IReadOnlyList<ImaKey> keys) => Keys = keys;

    /// <summary>No keys.</summary>
    public static ImaKeyring Empty { get; } = new([]);

    /// <summary>Number of keys.</summary>
    public int Count => Keys.Count;

    /// <summary>What signatures name the keys by, in the keys' order.</summary>
    public IEnumerable<uint> KeyIds => Keys.Select(key => key.Id);

    internal IReadOnlyList<ImaKey> Keys { get; }

    /// <summary>Parses Keylime's form: <c>{"pubkeys":[base64 DER],"keyids":[number]}</c>; a number of 0 stands for the one that is computed. Empty text is the
    /// empty key ring.</summary>
    /// <param name="text">JSON text.</param>
    /// <param name="keyring">The keys.</param>
    /// <param name="path">Where the fault is, from <c>$</c>.</param>
    /// <param name="fault">What is wrong there.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ImaKeyring? keyring, out string path, out string fault)
    {
        keyring = null;
        (path, fault) = ("$", "");
        if (string.IsNullOrWhiteSpace(text)) keyring = Empty;
        else if (text.Length > MaxTextLength) fault = $"is longer than {MaxTextLength} characters";
        else
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                if (RepeatedNames.Find(document.RootElement, "$") is { } repeated) (path, fault) = (repeated, "occurs twice");
                else keyring = Read(document.RootElement, ref path, ref fault);
            }
            catch (JsonException)
            {
                fault = "is not JSON";
            }
            catch (InvalidOperationException)
            {
                fault = "holds a text that is not Unicode"; // The JSON reader's word for half a surrogate pair, which its grammar allows.
            }
        }
        return keyring is not null;
    }

    /// <summary>The keys and one more: a certificate, in DER or PEM, or a DER SubjectPublicKeyInfo. False for anything else, and for kinds of keys that sign no files.</summary>
    public bool TryAdd(ReadOnlySpan<byte> certificateOrKey, [NotNullWhen(true)] out ImaKeyring? keyring)
    {
        keyring = ImaKey.Read(certificateOrKey, out var key) == ImaKeyKind.Usable ? With(key!) : null;
        return keyring is not null;
    }

    internal ImaKeyring With(ImaKey key) =>
        Count >= MaxLearnedKeys || Keys.Any(known => known.SubjectPublicKeyInfo.AsSpan().SequenceEqual(key.SubjectPublicKeyInfo)) ? this : new([.. Keys, key]);

    internal bool Verifies(in ImaSignature signature, ReadOnlySpan<byte> fileDigest)
    {
        for (var i = 0; i < Keys.Count; i++)
            if (Keys[i].Id == signature.KeyId && signature.IsBy(Keys[i], fileDigest)) return true;
        return false;
    }

    /// <summary>Whether a key signed the metadata, and the metadata hold the file's digest.</summary>
    internal bool Verifies(scoped in ImaMetadata metadata, scoped ReadOnlySpan<byte> hashName, scoped ReadOnlySpan<byte> fileDigest)
    {
        if (Count == 0 || !ImaSignature.TryParse(metadata.Signature, out var signature) || !signature.IsOfMetadata || !metadata.Binds(hashName, fileDigest)) return false;
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        return Verifies(signature, digest[..metadata.Hash(signature.Hash, digest)]);
    }

    private static ImaKeyring? Read(JsonElement root, ref string path, ref string fault)
    {
        if (root.ValueKind != JsonValueKind.Object || !IsList(root, "pubkeys", out var texts) || !IsList(root, "keyids", out var ids) || texts.Length != ids.Length)
        {
            fault = "is not an object with the lists pubkeys and keyids, of one length";
            return null;
        }
        var keys = new List<ImaKey>(texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts[i].ValueKind != JsonValueKind.String || !texts[i].TryGetBytesFromBase64(out var der)
                || ids[i].ValueKind != JsonValueKind.Number || !ids[i].TryGetUInt32(out var id) || !ImaKey.TryReadPublicKey(der, id == 0 ? null : id, out var key))
            {
                (path, fault) = ($"$.pubkeys[{i}]", "is not a base64 RSA or EC public key with a key id");
                return null;
            }
            keys.Add(key);
        }
        return new(keys);
    }

    private static bool IsList(JsonElement root, string member, out JsonElement[] items)
    {
        var isList = root.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array;
        items = isList ? [.. list.EnumerateArray()] : [];
        return isList;
    }
}
