using System.Globalization;
using System.Text.Json;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Vectors.Judges;

/// <summary>What TPMs do by themselves: names of objects, and extends of PCRs.</summary>
internal static class TpmJudge
{
    public static IEnumerable<Judgement> JudgePublic(VectorTree tree, VectorFile file)
    {
        if (!PublicArea.TryParseSized(tree.Read(file.Path), out var area, out var error)) yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, judged: false, error.ToString());
        else if (file.Text("name_hex") is { } name) yield return Judgement.OfValue(file.Path, name, Convert.ToHexStringLower(area.ComputeName()));
        else yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, judged: true);
    }

    public static IEnumerable<Judgement> JudgeExtends(VectorTree tree, VectorFile file)
    {
        var vectors = tree.ReadJson(file.Path);
        return JudgedCases.Each(vectors.Members("final").Select(final => ($"{file.Path}#{final.Name}", final.Value)), (id, final) => JudgeBank(id, id[(file.Path.Length + 1)..], final, vectors));
    }

    private static IEnumerable<Judgement> JudgeBank(string id, string bankName, JsonElement final, JsonElement vectors)
    {
        if (!TpmHash.TryParseHashName(bankName, out var bank))
        {
            yield return Judgement.Skip(id, "a hash that cannot be computed here");
            yield break;
        }
        foreach (var sequence in vectors.Items("sequences"))
        {
            var pcr = sequence.Number("pcr").ToString(CultureInfo.InvariantCulture);
            var value = new byte[bank.DigestBytes()];
            Array.Fill(value, sequence.Hex("initial") is [var first, ..] ? first : (byte)0);
            // An extend names the banks that it touches; the others keep their value.
            foreach (var extend in sequence.Items("extends"))
                if (extend.Find(bankName) is not null)
                {
                    if (extend.Hex(bankName) is not { } digest || digest.Length != value.Length) throw new VectorFormatException($"{bankName} is not a digest of {value.Length} bytes");
                    bank.Extend(value, digest);
                }
            yield return Judgement.OfValue($"{id}:{pcr}", final.Text(pcr), Convert.ToHexStringLower(value));
        }
    }
}
