using System.Globalization;
using System.Text.Json;
using Keylime.Attestation.Ima;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Vectors.Judges;

/// <summary>Quote, PCR values and boot log of a real machine. Where the attestation key was not published, the signature is not judged.</summary>
internal static class BundleJudge
{
    public static IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file)
    {
        var bundle = tree.ReadJson(file.Path);
        if (bundle.Find("AK") is not null) return JudgeDump(file, bundle);
        var quoted = bundle.Member("pcrs");
        return [.. JudgeQuote(tree, file, quoted), .. JudgeLogs(tree, file, quoted), .. JudgeImaList(tree, file, quoted)];
    }

    /// <summary>The machine's list has to lead to its quoted PCR 10 in every bank, to the last entry.</summary>
    public static IEnumerable<Judgement> JudgeImaList(VectorTree tree, VectorFile file, JsonElement quoted)
    {
        if (file.Expected.Find("ima_log") is not { } expected) yield break;
        var path = $"{file.Folder}/{expected.Text("file")}";
        var list = BinaryImaList.ToText(tree.Read(tree.Exists(path) ? path : $"{path}.gz"));
        foreach (var bank in expected.Members("quoted_pcr10"))
        {
            if (!TpmHash.TryParseHashName(bank.Name, out var hash)) continue;
            var result = ImaListAppraisal.Appraise(list, null, hash, quoted.Member(bank.Name).Hex("10"), null, ImaKeyring.Empty, violationsFail: false, new(TimeProvider.System));
            yield return Judgement.OfValue($"{path}#{bank.Name}", $"{expected.Number("entries")} entries",
                result.Position is { } position ? $"{position.NextEntry} entries" : result.Failures[0].Detail);
        }
    }

    private static IEnumerable<Judgement> JudgeQuote(VectorTree tree, VectorFile file, JsonElement quoted)
    {
        var isRead = Attest.TryParse(tree.Read($"{file.Folder}/attest.bin"), out var attest, out var error) && attest.Quote is not null;
        yield return Judgement.Of($"{file.Path}#quote", file.Flag("quote_parses") ?? true, isRead, error.ToString());
        if (!isRead || !Signature.TryParse(tree.Read($"{file.Folder}/sig.bin"), out var signature, out error)) yield break;
        if (file.Text("nonce_hex") is { } nonce) yield return Judgement.OfValue($"{file.Path}#nonce", nonce, Convert.ToHexStringLower(attest!.QualifyingData.Span));
        if (file.Expected.Find("clock") is not null) yield return Judgement.OfValue($"{file.Path}#clock", $"{file.Expected.Number("clock")} {file.Expected.Number("resetCount")}", $"{attest!.Clock.ClockMilliseconds} {attest.Clock.ResetCount}");
        if (file.Text("firmwareVersion") is { } firmware) yield return Judgement.OfValue($"{file.Path}#firmware", firmware, $"0x{attest!.FirmwareVersion:x}");
        var values = new PcrBlob(attest!.Quote!.Pcrs, [.. Values(attest.Quote, quoted)]);
        yield return Judgement.Of($"{file.Path}#digest", file.Flag("pcr_digest_matches") ?? true, values.ComputeDigest(signature.Hash).AsSpan().SequenceEqual(attest.Quote.PcrDigest.Span));
    }

    private static IEnumerable<Judgement> JudgeLogs(VectorTree tree, VectorFile file, JsonElement quoted)
    {
        foreach (var expected in file.Expected.Items("eventlogs"))
        {
            var path = $"{file.Folder}/{expected.Text("file")}";
            if (!BootLog.TryParse(tree.Read(path), out var log, out var error))
            {
                yield return Judgement.Of(path, expected: true, judged: false, error.ToString());
                continue;
            }
            foreach (var bank in expected.Members("replay_vs_quoted_pcrs"))
            {
                if (!TpmHash.TryParseHashName(bank.Name, out var hash)) continue;
                var values = quoted.Member(bank.Name);
                var replayed = BootLogReplay.Replay(log, hash);
                var matching = replayed.Keys.Order().ToLookup(pcr => Convert.ToHexStringLower(replayed[pcr]) == values.FindText(pcr.ToString(CultureInfo.InvariantCulture)));
                yield return Judgement.OfValue($"{path}#{bank.Name} matching", Show(bank.Value.Numbers("match")), Show(matching[true]));
                yield return Judgement.OfValue($"{path}#{bank.Name} differing", Show(bank.Value.Numbers("differ")), Show(matching[false]));
            }
        }
    }

    /// <summary>What go-attestation keeps of a machine: its attestation key with the TPM's word on its creation, a quote, PCR values and the boot log.</summary>
    private static IEnumerable<Judgement> JudgeDump(VectorFile file, JsonElement dump)
    {
        var (ak, quote, log) = (dump.Member("AK"), dump.Member("Quote"), dump.Member("Log"));
        if (!PublicArea.TryParse(ak.Bytes("Public"), out var area, out var error)) throw new VectorFormatException($"AK.Public: {error}");
        yield return Judgement.OfValue($"{file.Path}#name", file.Expected.Text("ak_name_hex"), Convert.ToHexStringLower(area.ComputeName()));
        // A statement about a key's creation must not pass for a quote.
        yield return Judgement.Of($"{file.Path}#creation", expected: false, Attest.TryParse(ak.Bytes("CreateAttestation"), out var creation, out error) && creation.Quote is not null, error.ToString());
        if (!AttestationKey.TryCreate(area, out var key) || !Signature.TryParse(quote.Bytes("Signature"), out var signature, out error)) throw new VectorFormatException($"AK or Quote.Signature: {error}");
        yield return Judgement.Of($"{file.Path}#signature", file.Flag("quote_signature_valid") ?? true, key.Verify(signature, quote.Bytes("Quote")));
        if (!Attest.TryParse(quote.Bytes("Quote"), out var attest, out error) || attest.Quote is null) throw new VectorFormatException($"Quote.Quote: {error}");
        var values = log.Items("PCRs").ToDictionary(pcr => (int)pcr.Number("Index"), pcr => pcr.Bytes("Digest"));
        var blob = new PcrBlob(attest.Quote.Pcrs, [.. attest.Quote.Pcrs.SelectMany(selection => Selected(selection).Select(pcr => new PcrValue(selection.Bank, pcr, values[pcr])))]);
        yield return Judgement.Of($"{file.Path}#digest", file.Flag("pcr_digest_matches_log_pcrs") ?? true, blob.ComputeDigest(signature.Hash).AsSpan().SequenceEqual(attest.Quote.PcrDigest.Span));
        if (!BootLog.TryParse(log.Bytes("Raw"), out var boot, out var fault)) throw new VectorFormatException($"Log.Raw: {fault}");
        var replayed = BootLogReplay.Replay(boot, attest.Quote.Pcrs[0].Bank);
        var matching = replayed.Keys.Order().ToLookup(pcr => replayed[pcr].AsSpan().SequenceEqual(values.GetValueOrDefault(pcr)));
        yield return Judgement.OfValue($"{file.Path}#replay", $"{Show(file.Expected.Numbers("eventlog_replay_matches_pcrs"))}, not {Show(file.Expected.Numbers("eventlog_replay_mismatch"))}", $"{Show(matching[true])}, not {Show(matching[false])}");
    }

    private static IEnumerable<PcrValue> Values(QuoteInfo quote, JsonElement quoted) =>
        from selection in quote.Pcrs
        from pcr in Selected(selection)
        select new PcrValue(selection.Bank, pcr, quoted.Member(selection.Bank.ToHashName()).Hex(pcr.ToString(CultureInfo.InvariantCulture)));

    private static IEnumerable<int> Selected(PcrSelection selection) => Enumerable.Range(0, 24).Where(pcr => (selection.Mask >> pcr & 1) != 0);

    private static string Show(IEnumerable<int> pcrs) => string.Join(" ", pcrs) is { Length: > 0 } shown ? shown : "none";
}
