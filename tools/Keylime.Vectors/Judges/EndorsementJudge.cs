using System.Text.Json;
using Keylime.Attestation.Endorsements;

namespace Keylime.Vectors.Judges;

/// <summary>EK certificates and the certificates of their issuers.</summary>
internal static class EndorsementJudge
{
    public static IEnumerable<Judgement> JudgeCertificate(VectorTree tree, VectorFile file)
    {
        if (file.Path.EndsWith(".json", StringComparison.Ordinal)) return JudgedCases.Each(file, tree.ReadJson(file.Path).Items("cases"), (id, vector) => [JudgeCase(tree, file, id, vector)]);
        var expected = file.Flag("valid") ?? (file.Text("keylime_verify_ek_default_store") is { } verdict ? verdict == "accept" : null);
        if (expected is null) return [Judgement.Skip(file.Path, "the manifest gives no verdict")];
        return tree.Exists($"{file.Folder}/cases.json") ? [JudgeByCases(tree, file, expected.Value)] : [JudgeByStore(tree, file, expected.Value)];
    }

    /// <summary>Certificates of issuers: each of the file's must be readable, as many as the manifest says.</summary>
    public static IEnumerable<Judgement> JudgeAuthority(VectorTree tree, VectorFile file)
    {
        var certificates = tree.ReadCertificates(file.Path);
        yield return Judgement.Of(file.Path, file.Flag("openssl_parses") ?? file.Flag("valid") ?? true, certificates.Count > 0, "not a certificate");
        if (certificates.Count > 0 && file.Expected.Find("certs_in_file") is not null) yield return Judgement.OfValue($"{file.Path}#count", $"{file.Expected.Number("certs_in_file")}", $"{certificates.Count}");
    }

    private static Judgement JudgeCase(VectorTree tree, VectorFile file, string id, JsonElement vector) => JudgedCases.Verdict(vector, "valid", "accept") is { } expected
        ? Judgement.Of(id, expected, Verify(tree, file, vector) is var result && result.IsGood, result.Fault.ToString())
        : Judgement.Skip(id, JudgedCases.NoVerdict);

    private static EndorsementResult Verify(VectorTree tree, VectorFile file, JsonElement vector)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(vector.Number("check_time_unix"));
        return Certificate.TryParse(tree.Read(tree.Near(file.Folder, vector.Text("cert"))), out var certificate)
            ? EndorsementKeyCertificate.VerifyChain(certificate, Parse(vector, "trust_pem"), Parse(vector, "intermediates_pem"), at)
            : new(EndorsementFault.Malformed, "");
    }

    /// <summary>A certificate whose store and time stand in the cases beside it.</summary>
    private static Judgement JudgeByCases(VectorTree tree, VectorFile file, bool expected)
    {
        var name = Path.GetFileName(file.Path);
        foreach (var vector in tree.ReadJson($"{file.Folder}/cases.json").Items("cases"))
            if (vector.FindText("cert") == name) return Judgement.Of(file.Path, expected, Verify(tree, file, vector) is var result && result.IsGood, result.Fault.ToString());
        return Judgement.Skip(file.Path, "the cases beside it do not name it");
    }

    /// <summary>A certificate beside its store, shortly after it was issued: the manifest's verdicts have no time.</summary>
    private static Judgement JudgeByStore(VectorTree tree, VectorFile file, bool expected)
    {
        if (!Certificate.TryParse(tree.Read(file.Path), out var certificate)) return Judgement.Of(file.Path, expected, judged: false, "not a certificate");
        var stored = tree.List($"{file.Folder}/tpm_cert_store", "*.pem").Concat(tree.List(file.Folder, "*.pem"));
        List<Certificate> store = [.. stored.SelectMany(path => tree.ReadCertificates(path))];
        var at = certificate.NotBefore.AddDays(1);
        // Makers' own roots stand among the cases, too: they are no EK certificates, and are judged as what they are.
        var result = certificate.IsAuthority == true ? CertificateChain.Verify(certificate, store, [], at) : EndorsementKeyCertificate.VerifyChain(certificate, store, [], at);
        return Judgement.Of(file.Path, expected, result.IsGood, result.Fault.ToString());
    }

    private static List<Certificate> Parse(JsonElement vector, string member) => vector.Find(member) is null
        ? []
        : [.. vector.Texts(member).Select(text => Certificate.TryParseText(text, out var certificate) ? certificate : throw new VectorFormatException($"{member} holds no certificate"))];
}
