using System.Text.Json;
using Keylime.Testing;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Tests.Quotes;

/// <summary>One case of the published quotes.</summary>
internal sealed record QuoteVector(string Id, byte[] Attest, byte[] Signature, byte[] Pcrs, byte[] Nonce, AttestationKey Key, bool IsValid, string? Reason)
{
    private const string Root = "tpm/quote";

    public static IEnumerable<string> Folders => Vectors.Files(Root, "cases.json").Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/'));

    public static QuoteVector Get(string folder, string id) => All(folder).Single(vector => vector.Id == id);

    public static IEnumerable<QuoteVector> All(string folder)
    {
        var cases = Vectors.ReadJson($"{folder}/cases.json").GetProperty("cases");
        foreach (var item in cases.EnumerateArray())
        {
            var expected = item.GetProperty("expected");
            // "key used: NAME": the quote was signed by this folder's key and is to be judged with another.
            var key = item.TryGetProperty("note", out var note) && note.GetString() is ['k', 'e', 'y', ' ', 'u', 's', 'e', 'd', ':', ' ', .. var other]
                ? KeyOf($"{Root}/{other}")
                : KeyOf(folder);
            yield return new(item.GetProperty("id").GetString()!, Bytes(item, "attest"), Bytes(item, "sig"), Bytes(item, "pcrs"),
                Convert.FromHexString(item.GetProperty("nonce_hex").GetString()!), key, expected.GetProperty("valid").GetBoolean(), expected.GetProperty("reason").GetString());
        }
    }

    public static PublicArea AreaOf(string folder)
    {
        if (Vectors.Exists($"{folder}/ak.tpm2b_public"))
        {
            Assert.True(PublicArea.TryParseSized(Vectors.Read($"{folder}/ak.tpm2b_public"), out var area, out var error), error.ToString());
            return area;
        }
        // The forged cases are signed by software keys, which have no public area of their own.
        Assert.True(KeyPem.TryReadArea(Vectors.ReadText($"{folder}/ak.pem"), ObjectAttributes.AttestationKey, out var software));
        return software;
    }

    private static AttestationKey KeyOf(string folder)
    {
        Assert.True(AttestationKey.TryCreate(AreaOf(folder), out var key));
        return key;
    }

    private static byte[] Bytes(JsonElement item, string member) => Convert.FromBase64String(item.GetProperty(member).GetString()!);
}
