using System.Globalization;
using Keylime.Attestation.Endorsements;

namespace Keylime.Vectors.Judges;

/// <summary>What <c>openssl x509 -text</c> printed of a certificate, beside what is read of it here.</summary>
internal static class CertificateTextJudge
{
    private const string Extension = ".openssl.txt";

    public static IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file)
    {
        var path = file.Path.EndsWith(Extension, StringComparison.Ordinal) ? $"{file.Path[..^Extension.Length]}.der" : "";
        if (path.Length == 0 || !tree.Exists(path))
        {
            yield return Judgement.Skip(file.Path, "the text of a certificate that is not in the tree");
            yield break;
        }
        if (!Certificate.TryParse(tree.Read(path), out var certificate)) throw new VectorFormatException($"{path} is not a certificate");
        var lines = tree.ReadText(file.Path).Split('\n').Select(line => line.Trim()).ToList();
        foreach (var (label, read) in new (string, Func<Certificate, string>)[] { ("Not Before", at => Show(at.NotBefore)), ("Not After", at => Show(at.NotAfter)) })
            if (lines.Find(line => line.StartsWith(label, StringComparison.Ordinal)) is { } line)
                yield return Judgement.OfValue($"{file.Path}#{label}", line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(), read(certificate));
        var bits = certificate.ExportSubjectPublicKeyInfo();
        if (Hex(lines, "Modulus:", "pub:") is { Length: > 0 } printed)
            yield return Judgement.Of($"{file.Path}#key", expected: true, Convert.ToHexStringLower(bits).Contains(printed.TrimStart('0'), StringComparison.Ordinal), "another key than the text's");
    }

    private static string Show(DateTimeOffset at) => at.UtcDateTime.ToString("MMM d HH:mm:ss yyyy 'GMT'", CultureInfo.InvariantCulture).Replace("  ", " ", StringComparison.Ordinal);

    /// <summary>The bytes that are printed below the first of these labels.</summary>
    private static string? Hex(List<string> lines, params ReadOnlySpan<string> labels)
    {
        foreach (var label in labels)
        {
            var start = lines.IndexOf(label);
            if (start < 0) continue;
            return string.Concat(lines.Skip(start + 1).TakeWhile(line => line.Length > 0 && line.Split(':', StringSplitOptions.RemoveEmptyEntries).All(part => part.Length == 2 && part.All(char.IsAsciiHexDigitLower)))).Replace(":", "", StringComparison.Ordinal);
        }
        return null;
    }
}
