using System.Globalization;
using Keylime.Attestation.Ima;

namespace Keylime.Vectors.Judges;

/// <summary>Keys by themselves: those of TPMs are the numbers of the public area beside them, those that sign files have the id that signatures name.</summary>
internal static class KeyJudge
{
    public static IEnumerable<Judgement> JudgePublic(VectorTree tree, VectorFile file)
    {
        var bytes = tree.Read(file.Path);
        if (KeyFiles.PublicHalf(bytes) is not { } key)
        {
            yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, judged: false, "neither a key in PEM nor a certificate");
            yield break;
        }
        var area = Path.ChangeExtension(file.Path, ".tpm2b_public");
        yield return tree.Exists(area)
            ? Judgement.OfValue(file.Path, Convert.ToHexStringLower(KeyFiles.ReadArea(tree, area).ExportSubjectPublicKeyInfo()), Convert.ToHexStringLower(key))
            : Judgement.Of(file.Path, file.Flag("valid") ?? true, judged: true);
        if (file.Text("keyid_hex") is { } id) yield return JudgeId(file, id, bytes, key);
    }

    public static IEnumerable<Judgement> JudgePrivate(VectorTree tree, VectorFile file)
    {
        var key = KeyFiles.PublicHalf(tree.Read(file.Path));
        var half = file.Path.Replace(".private.pem", ".pem", StringComparison.Ordinal);
        if (key is null || half == file.Path || !tree.Exists(half)) yield return Judgement.Of(file.Path, file.Flag("valid") ?? true, key is not null, "not a private key in PEM");
        else yield return Judgement.OfValue(file.Path, Show(KeyFiles.PublicHalf(tree.Read(half))), Show(key));
    }

    private static Judgement JudgeId(VectorFile file, string id, byte[] certificate, byte[] key)
    {
        if (!ImaKeyring.Empty.TryAdd(certificate, out var keyring) && !ImaKeyring.Empty.TryAdd(key, out keyring)) return Judgement.Of($"{file.Path}#key id", expected: true, judged: false, "not a key that signs files");
        if (!uint.TryParse(id.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var expected)) throw new VectorFormatException("keyid_hex is not hex");
        return Judgement.OfValue($"{file.Path}#key id", $"{expected:x8}", $"{keyring.KeyIds.First():x8}");
    }

    private static string Show(byte[]? key) => key is null ? "no key" : Convert.ToHexStringLower(key);
}
