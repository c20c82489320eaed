using System.Globalization;
using System.Text;
using System.Text.Json;
using Keylime.Attestation;
using Keylime.Attestation.Quotes;
using Keylime.Protocol.V2;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Vectors.Judges;

/// <summary>Quotes: signature, structure, nonce, selection and digest, by the verifier's own function; and the same quote in the form that agents send.</summary>
internal static class QuoteJudge
{
    private const string KeyNote = "key used: ";

    public static IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file) => Path.GetExtension(file.Path) switch
    {
        ".json" => JudgeCases(tree, file),
        ".attest" => JudgeRaw(tree, file),
        ".sig" or ".pcrs" => [JudgePart(tree, file)],
        _ => JudgeWire(tree, file),
    };

    /// <summary>A file of a bundle that holds one structure of a quote.</summary>
    public static IEnumerable<Judgement> JudgeStructure(VectorTree tree, VectorFile file)
    {
        var name = Path.GetFileName(file.Path);
        var bytes = tree.Read(file.Path);
        if (name.StartsWith("attest", StringComparison.Ordinal)) yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, Attest.TryParse(bytes, out var attest, out var error) && attest.Quote is not null, error.ToString());
        else if (name.StartsWith("sig", StringComparison.Ordinal)) yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, Signature.TryParse(bytes, out _, out var error), error.ToString());
        else yield return Judgement.Skip(file.Path, "in a form of another program; its content is in the cases.json beside it");
    }

    private static IEnumerable<Judgement> JudgeCases(VectorTree tree, VectorFile file)
    {
        var root = tree.ReadJson(file.Path);
        return JudgedCases.Each(file, root.Items("cases"), (id, vector) => JudgeCase(tree, file, root, id, vector));
    }

    private static IEnumerable<Judgement> JudgeCase(VectorTree tree, VectorFile file, JsonElement root, string id, JsonElement vector)
    {
        if (JudgedCases.Verdict(vector, "valid", "accept") is not { } expected)
        {
            yield return Judgement.Skip(id, JudgedCases.NoVerdict);
            yield break;
        }
        using var key = ReadKey(tree, file, root, vector);
        var nonce = vector.Find("nonce_hex") is null ? Encoding.UTF8.GetBytes(vector.Text("nonce")) : vector.Hex("nonce_hex");
        var wire = vector.FindText("keylime_quote");
        if (vector.Find("attest") is null && wire is not null)
        {
            yield return JudgeWire(id, expected, wire, key, nonce);
            yield break;
        }
        var isGood = VerifiedQuote.TryVerify(vector.Bytes("attest"), vector.Bytes("sig"), vector.Bytes("pcrs"), key, nonce, out var quote, out var fault);
        yield return Judgement.Of(id, expected, isGood, isGood ? null : fault.ToString());
        if (wire is not null) yield return JudgeWire($"{id} as it is sent", expected, wire, key, nonce);
        if (quote is not null && vector.Find("attest_fields") is { } fields) yield return JudgeFields($"{id} clock", fields, quote);
        if (quote is not null && vector.Find("pcr_values") is { ValueKind: JsonValueKind.Array } values) yield return Judgement.OfValue($"{id} PCR values", Show(values), Show(quote.Pcrs));
    }

    /// <summary>The quote as it stands in an agent's answer; a part that cannot be decoded is as bad as one that is not genuine.</summary>
    private static Judgement JudgeWire(string id, bool expected, string wire, AttestationKey key, byte[] nonce)
    {
        if (!Evidence.TryRead(new QuoteResponse { Quote = wire, HashAlg = "", EncAlg = "", SignAlg = "" }, out var evidence, out var failure)) return Judgement.Of(id, expected, judged: false, failure.Detail);
        var isGood = VerifiedQuote.TryVerify(evidence.Attest.Span, evidence.Signature.Span, evidence.Pcrs.Span, key, nonce, out _, out var fault);
        return Judgement.Of(id, expected, isGood, isGood ? null : fault.ToString());
    }

    /// <summary>A case names another key by its folder, where it was signed by this folder's and is to be judged with another.</summary>
    private static AttestationKey ReadKey(VectorTree tree, VectorFile file, JsonElement root, JsonElement vector)
    {
        var note = vector.FindText("note");
        if (note?.StartsWith(KeyNote, StringComparison.Ordinal) == true) return KeyFiles.Read(tree, $"{file.Folder[..(file.Folder.LastIndexOf('/') + 1)]}{note[KeyNote.Length..]}");
        return KeyFiles.Read(tree, file.Folder, vector.Find("ak_pem") is null && vector.Find("ak_tpm2b_public") is null ? root : vector);
    }

    private static IEnumerable<Judgement> JudgeRaw(VectorTree tree, VectorFile file)
    {
        var (signature, pcrs) = (Path.ChangeExtension(file.Path, ".sig"), Path.ChangeExtension(file.Path, ".pcrs"));
        using var key = KeyFiles.Read(tree, file.Folder);
        var isGood = VerifiedQuote.TryVerify(tree.Read(file.Path), tree.Read(signature), tree.Read(pcrs), key, file.Expected.Hex("nonce_hex"), out _, out var fault);
        yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, isGood, isGood ? null : fault.ToString());
    }

    /// <summary>Signature and PCR values are proved by the quote that they belong to; by themselves they have a structure.</summary>
    private static Judgement JudgePart(VectorTree tree, VectorFile file)
    {
        var bytes = tree.Read(file.Path);
        var isRead = file.Path.EndsWith(".sig", StringComparison.Ordinal) ? Signature.TryParse(bytes, out _, out var error) : PcrBlob.TryParse(bytes, out _, out error);
        return Judgement.Of(file.Path, file.Flag("valid") ?? true, isRead, error.ToString());
    }

    /// <summary>A quote without its attestation key: structure, nonce and digest are all that can be judged.</summary>
    private static IEnumerable<Judgement> JudgeWire(VectorTree tree, VectorFile file)
    {
        if ((file.Flag("pcr_digest_matches") ?? file.Flag("parses") ?? file.Flag("valid")) is not { } expected)
        {
            yield return Judgement.Skip(file.Path, "the manifest gives no verdict");
            yield break;
        }
        if (!Evidence.TryRead(new QuoteResponse { Quote = tree.ReadText(file.Path).Trim(), HashAlg = "", EncAlg = "", SignAlg = "" }, out var evidence, out var failure))
        {
            yield return Judgement.Of(file.Path, expected, judged: false, failure.Detail);
            yield break;
        }
        var isGood = Attest.TryParse(evidence.Attest.Span, out var attest, out var error) && attest.Quote is not null
            && Signature.TryParse(evidence.Signature.Span, out var signature, out error)
            && PcrBlob.TryParse(evidence.Pcrs.Span, out var blob, out error)
            && PcrSelection.SamePcrs(attest.Quote.Pcrs, blob.Selections)
            && blob.ComputeDigest(signature.Hash).AsSpan().SequenceEqual(attest.Quote.PcrDigest.Span);
        yield return Judgement.Of(file.Path, expected, isGood, error.ToString());
        if (isGood && file.Text("nonce_hex") is { } nonce) yield return Judgement.OfValue($"{file.Path}#nonce", nonce, Convert.ToHexStringLower(attest!.QualifyingData.Span));
    }

    private static Judgement JudgeFields(string id, JsonElement fields, VerifiedQuote quote) => Judgement.OfValue(id,
        $"{fields.Number("clock")} {fields.Number("resetCount")} {fields.Number("restartCount")} {fields.Number("safe")}",
        string.Create(CultureInfo.InvariantCulture, $"{quote.Clock.ClockMilliseconds} {quote.Clock.ResetCount} {quote.Clock.RestartCount} {(quote.Clock.Safe ? 1 : 0)}"));

    private static string Show(JsonElement banks) => Show(banks.AsList("pcr_values").SelectMany(bank => bank.Members("pcrs").Select(pcr => (bank.Text("bank"), pcr.Name.ToNumber(), pcr.Value.GetString() ?? ""))));

    private static string Show(IReadOnlyList<PcrValue> values) => Show(values.Select(value => (value.Bank.ToHashName(), value.Pcr, Convert.ToHexStringLower(value.Value.Span))));

    private static string Show(IEnumerable<(string Bank, int Pcr, string Value)> values) =>
        string.Join(" ", values.OrderBy(value => value.Bank, StringComparer.Ordinal).ThenBy(value => value.Pcr).Select(value => $"{value.Bank}:{value.Pcr}={value.Value}"));
}
