using System.Text.Json;
using Keylime.Testing;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices.Tests;

public sealed class PcrTests
{
    private static readonly TpmAlgorithm[] Banks = [TpmAlgorithm.Sha1, TpmAlgorithm.Sha256, TpmAlgorithm.Sha384, TpmAlgorithm.Sha512];

    [TpmVectorFact]
    public async Task Extends_arrive_at_the_published_values_in_every_pcr_of_every_bank()
    {
        await using var tpm = await SoftwareTpm.StartAsync(pcrBanks: "sha1,sha256,sha384,sha512");
        var device = TpmFixture.Open(tpm);
        var vectors = Vectors.ReadJson("tpm/pcr-extend/sequences.json");
        foreach (var sequence in vectors.GetProperty("sequences").EnumerateArray())
            foreach (var extend in sequence.GetProperty("extends").EnumerateArray())
                await device.ExtendPcrAsync(sequence.GetProperty("pcr").GetInt32(), Digests(extend));

        var values = await device.ReadPcrsAsync([.. Banks.Select(bank => new PcrSelection(bank, 0xFFFFFF))]);
        Assert.Equal(
            Banks.SelectMany(bank => Enumerable.Range(0, 24), (bank, pcr) => (bank, pcr, Final(vectors, bank, pcr))),
            values.Values.Select(value => (value.Bank, value.Pcr, Convert.ToHexStringLower(value.Value.Span))));
    }

    private static Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> Digests(JsonElement extend) => Banks
        .Where(bank => extend.TryGetProperty(bank.ToHashName(), out _))
        .ToDictionary(bank => bank,
            bank => new ReadOnlyMemory<byte>(Convert.FromHexString(extend.GetProperty(bank.ToHashName()).GetString()!)));

    private static string Final(JsonElement vectors, TpmAlgorithm bank, int pcr) =>
        vectors.GetProperty("final").GetProperty(bank.ToHashName()).GetProperty($"{pcr}").GetString()!;
}
