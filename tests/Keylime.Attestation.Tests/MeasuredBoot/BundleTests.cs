using System.Globalization;
using System.Text.Json;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Tests.MeasuredBoot;

/// <summary>Quotes and boot logs of real machines that belong together. Their attestation keys were not published, so the signatures are not judged.</summary>
public sealed class BundleTests
{
    private const string Root = "fetched/bundle";

    public static TheoryData<string> Bundles() => [.. Vectors.ArePresent ? Vectors.Files(Root, "bundle.json").Select(file => Path.GetDirectoryName(file)!) : []];

    [VectorTheory, MemberData(nameof(Bundles))]
    public void The_quoted_values_are_those_signed_for_and_the_log_leads_to_them(string folder)
    {
        var bundle = Vectors.ReadJson($"{folder}/bundle.json");
        var expected = bundle.GetProperty("expected");
        Assert.True(Attest.TryParse(Vectors.Read($"{folder}/attest.bin"), out var attest, out var error), error.ToString());
        Assert.True(Signature.TryParse(Vectors.Read($"{folder}/sig.bin"), out var signature, out error), error.ToString());
        Assert.NotNull(attest.Quote);

        Assert.Equal(expected.GetProperty("nonce_hex").GetString(), Convert.ToHexStringLower(attest.QualifyingData.Span));
        Assert.Equal(expected.GetProperty("resetCount").GetUInt32(), attest.Clock.ResetCount);
        var digest = new PcrBlob(attest.Quote.Pcrs, [.. Values(attest.Quote, bundle.GetProperty("pcrs"))]).ComputeDigest(signature.Hash);
        Assert.Equal(expected.GetProperty("pcr_digest_matches").GetBoolean(), digest.AsSpan().SequenceEqual(attest.Quote.PcrDigest.Span));

        foreach (var expectedLog in expected.GetProperty("eventlogs").EnumerateArray())
        {
            Assert.True(BootLog.TryParse(Vectors.Read($"{folder}/{expectedLog.GetProperty("file").GetString()}"), out var log, out var fault), fault.ToString());
            Assert.Equal(expectedLog.GetProperty("events").GetInt32(), log.Events.Count);
            Assert.Equal(expectedLog.GetProperty("startup_locality").GetByte(), BootLogReplay.FindStartupLocality(log));
            foreach (var bank in expectedLog.GetProperty("replay_vs_quoted_pcrs").EnumerateObject()) AssertReplays(log, bank, bundle.GetProperty("pcrs"));
        }
    }

    private static void AssertReplays(BootLog log, JsonProperty expected, JsonElement pcrs)
    {
        var bank = BankOf(expected.Name);
        var replayed = BootLogReplay.Replay(log, bank);
        var quoted = pcrs.GetProperty(expected.Name);
        string Quoted(int pcr) => quoted.GetProperty(pcr.ToString(CultureInfo.InvariantCulture)).GetString()!;
        bool Matches(int pcr) => Convert.ToHexStringLower(replayed[pcr]) == Quoted(pcr);
        Assert.Equal(Numbers(expected.Value.GetProperty("match")), replayed.Keys.Where(Matches).Order());
        Assert.Equal(Numbers(expected.Value.GetProperty("differ")), replayed.Keys.Where(pcr => !Matches(pcr)).Order());
    }

    private static IEnumerable<PcrValue> Values(QuoteInfo quote, JsonElement pcrs) =>
        from selection in quote.Pcrs
        from pcr in Enumerable.Range(0, 24)
        where (selection.Mask >> pcr & 1) != 0
        let hex = pcrs.GetProperty(selection.Bank.ToHashName()).GetProperty(pcr.ToString(CultureInfo.InvariantCulture)).GetString()!
        select new PcrValue(selection.Bank, pcr, Convert.FromHexString(hex));

    private static IEnumerable<int> Numbers(JsonElement list) => list.EnumerateArray().Select(number => number.GetInt32());

    private static TpmAlgorithm BankOf(string name)
    {
        Assert.True(TpmHash.TryParseHashName(name, out var bank), name);
        return bank;
    }
}
