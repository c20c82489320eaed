using System.Security.Cryptography;
using System.Text.Json;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Vectors.Judges;

/// <summary>Credentials: activated where the endorsement key's private half is known, made again where the random numbers are.</summary>
internal static class CredentialJudge
{
    public static IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file)
    {
        var root = tree.ReadJson(file.Path);
        return root.Find("cases") is null
            ? JudgedCases.Each(file, root.AsObject("the file"), (id, vector) => [JudgeUpstream(id, vector)])
            : JudgedCases.Each(file, root.Items("cases"), (id, vector) => JudgeCase(tree, file, id, vector));
    }

    private static IEnumerable<Judgement> JudgeCase(VectorTree tree, VectorFile file, string id, JsonElement vector)
    {
        var ek = KeyFiles.ReadArea(tree, $"{file.Folder}/{vector.Text("ek")}/ek.tpm2b_public");
        var ak = KeyFiles.ReadArea(tree, $"{file.Folder}/aks/{vector.Text("ak")}.tpm2b_public").ComputeName();
        if (vector.FindText("ak_name_hex") is { } name) yield return Judgement.OfValue($"{id}#name", name, Convert.ToHexStringLower(ak));
        var privateKey = $"{file.Folder}/{vector.Text("ek")}/ek.private.pem";
        var isParsed = CredentialBlob.TryParse(vector.Bytes("blob"), out var blob, out var error);
        if (JudgedCases.Verdict(vector, "valid", "accept") is not { } expected) yield return Judgement.Skip(id, JudgedCases.NoVerdict);
        else if (!isParsed) yield return Judgement.Of(id, expected, judged: false, error.ToString());
        else if (tree.Exists(privateKey)) yield return JudgeActivation(id, vector, expected, Activate(ek, tree.ReadText(privateKey), ak, blob!));
        else if (vector.Find("deterministic") is { } random) yield return JudgeMaking(id, vector, ek, ak, random, blob!);
        else if (!HasFormFor(ek, blob!)) yield return Judgement.Of(id, expected, judged: false, "it does not have the lengths of a credential for this key");
        else yield return Judgement.Skip(id, "the endorsement key's private half is in its TPM, which alone can open it");
    }

    /// <summary>The lengths that follow from the endorsement key: all that can be told without its private half.</summary>
    private static bool HasFormFor(PublicArea ek, CredentialBlob blob) =>
        blob.Integrity.Length == ek.NameAlgorithm.DigestBytes() && (ek.Rsa is not { } rsa || blob.EncryptedSecret.Length == rsa.Modulus.Length);

    private static Judgement JudgeActivation(string id, JsonElement vector, bool expected, byte[]? secret) =>
        secret is null || !expected
            ? Judgement.Of(id, expected, secret is not null)
            : Judgement.OfValue(id, vector.Member("expected").Text("secret_hex"), Convert.ToHexStringLower(secret));

    /// <summary>With an elliptic-curve key the ephemeral key decides on the whole blob, with RSA the seed on its first half: the padding of the other is random.</summary>
    private static Judgement JudgeMaking(string id, JsonElement vector, PublicArea ek, byte[] ak, JsonElement random, CredentialBlob blob)
    {
        var secret = vector.Hex("secret_hex");
        if (random.Find("eph") is not null)
        {
            using var ephemeral = ImportScalar(Scalar(random.Text("eph")));
            return Judgement.OfValue(id, Convert.ToHexStringLower(blob.ToBytes()), Convert.ToHexStringLower(MakeCredential.ForEcc(ek, ak, secret, ephemeral).ToBytes()));
        }
        var made = MakeCredential.ForRsa(ek, ak, secret, random.Hex("seed"), new byte[32]);
        return Judgement.OfValue(id, Identity(blob), Identity(made));
    }

    /// <summary>Keylime's own unit test: a blob made with known random numbers.</summary>
    private static Judgement JudgeUpstream(string id, JsonElement vector)
    {
        if (!PublicArea.TryParseSized(vector.Hex("ek_tpm2b_public_hex"), out var ek, out var error)) throw new VectorFormatException($"ek_tpm2b_public_hex: {error}");
        if (ek.Ecc is null)
        {
            var seed = new byte[32];
            Array.Fill(seed, (byte)0x12);
            var made = MakeCredential.ForRsa(ek, vector.Hex("ak_name_hex"), vector.Hex("challenge_hex"), seed, new byte[32]).ToBytes();
            return Judgement.OfValue(id, vector.Text("credential_first_80_bytes_hex"), Convert.ToHexStringLower(made.AsSpan(0, 80)));
        }
        using var ephemeral = ImportScalar(System.Numerics.BigInteger.Parse(vector.Text("ephemeral_private"), System.Globalization.CultureInfo.InvariantCulture).ToByteArray(isUnsigned: true, isBigEndian: true));
        return Judgement.OfValue(id, vector.Text("credential_hex"), Convert.ToHexStringLower(MakeCredential.ForEcc(ek, vector.Hex("ak_name_hex"), vector.Hex("challenge_hex"), ephemeral).ToBytes()));
    }

    private static byte[]? Activate(PublicArea ek, string pem, byte[] ak, CredentialBlob blob)
    {
        if (ek.Rsa is not null)
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return ActivateCredential.WithRsa(ek, rsa, ak, blob);
        }
        using var ecc = ECDiffieHellman.Create();
        ecc.ImportFromPem(pem);
        return ActivateCredential.WithEcc(ek, ecc, ak, blob);
    }

    private static string Identity(CredentialBlob blob) => $"{Convert.ToHexStringLower(blob.Integrity.Span)} {Convert.ToHexStringLower(blob.EncryptedIdentity.Span)}";

    private static byte[] Scalar(string hex) =>
        System.Numerics.BigInteger.TryParse($"0{hex[Math.Min(2, hex.Length)..]}", System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var scalar)
            ? scalar.ToByteArray(isUnsigned: true, isBigEndian: true)
            : throw new VectorFormatException("eph is not 0x and hex");

    private static ECDiffieHellman ImportScalar(byte[] digits)
    {
        var scalar = new byte[32];
        digits.CopyTo(scalar, scalar.Length - digits.Length);
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }
}
