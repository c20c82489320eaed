using System.Security.Cryptography;
using System.Text.Json;
using Keylime.Testing;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Credentials;

public sealed class MakeCredentialTests
{
    private const string Folder = "tpm/makecredential/";

    /// <summary>Every blob of the vectors, by three makers: what the real TPM did with it, our activation does.</summary>
    [VectorTheory]
    [InlineData("ek-rsa2048-imported")]
    [InlineData("ek-ecc256-imported")]
    public void Activates_what_a_tpm_activates_and_nothing_else(string ekName)
    {
        var ek = ReadEk(ekName);
        foreach (var vector in Cases(ekName))
        {
            var id = vector.GetProperty("id").GetString();
            var expected = vector.GetProperty("expected");
            var parsed = CredentialBlob.TryParse(vector.GetProperty("blob").GetBytesFromBase64(), out var blob, out _);
            var secret = parsed ? Activate(ekName, ek, AkName(vector), blob!) : null;
            Assert.True(expected.GetProperty("valid").GetBoolean() == secret is not null, id);
            if (secret is not null) Assert.Equal(expected.GetProperty("secret_hex").GetString(), Convert.ToHexStringLower(secret));
        }
    }

    [VectorTheory]
    [InlineData("ek-rsa2048-default")]
    [InlineData("ek-rsa2048-imported")]
    public void Makes_the_same_bytes_as_keylime_for_rsa(string ekName)
    {
        var ek = ReadEk(ekName);
        foreach (var vector in Cases(ekName))
        {
            if (!vector.TryGetProperty("deterministic", out var random)) continue;
            Assert.True(CredentialBlob.TryParse(vector.GetProperty("blob").GetBytesFromBase64(), out var theirs, out _));
            var ours = MakeCredential.ForRsa(ek, AkName(vector), Secret(vector),
                Convert.FromHexString(random.GetProperty("seed").GetString()!), RandomNumberGenerator.GetBytes(32));
            // The OAEP seed of the vector is not known, so the encrypted seed differs; everything derived from the seed is the same.
            Assert.Equal(theirs.Integrity.ToArray(), ours.Integrity.ToArray());
            Assert.Equal(theirs.EncryptedIdentity.ToArray(), ours.EncryptedIdentity.ToArray());
            Assert.Equal(theirs.EncryptedSecret.Length, ours.EncryptedSecret.Length);
        }
    }

    [VectorTheory]
    [InlineData("ek-ecc256-default")]
    [InlineData("ek-ecc256-imported")]
    public void Makes_the_same_bytes_as_keylime_for_ecc(string ekName)
    {
        var ek = ReadEk(ekName);
        foreach (var vector in Cases(ekName))
        {
            if (!vector.TryGetProperty("deterministic", out var random)) continue;
            using var ephemeral = ImportScalar(random.GetProperty("eph").GetString()!);
            var ours = MakeCredential.ForEcc(ek, AkName(vector), Secret(vector), ephemeral);
            Assert.Equal(vector.GetProperty("blob").GetString(), Convert.ToBase64String(ours.ToBytes()));
        }
    }

    [VectorTheory]
    [InlineData("ek-rsa2048-imported", 1)]
    [InlineData("ek-rsa2048-imported", 32)]
    [InlineData("ek-ecc256-imported", 0)]
    [InlineData("ek-ecc256-imported", 32)]
    public void Round_trips(string ekName, int secretBytes)
    {
        var (ek, name, secret) = (ReadEk(ekName), RandomNumberGenerator.GetBytes(34), RandomNumberGenerator.GetBytes(secretBytes));
        var blob = Make(ek, name, secret);
        Assert.Equal(secret, Activate(ekName, ek, name, blob));
        Assert.Null(Activate(ekName, ek, RandomNumberGenerator.GetBytes(34), blob));
    }

    [Theory]
    [InlineData("nistP384", TpmEccCurve.NistP384, TpmAlgorithm.Sha384, 256)]
    [InlineData("nistP521", TpmEccCurve.NistP521, TpmAlgorithm.Sha512, 256)]
    public void Round_trips_on_larger_curves(string curveName, TpmEccCurve curve, TpmAlgorithm hash, ushort keyBits)
    {
        using var key = ECDiffieHellman.Create(ECCurve.CreateFromFriendlyName(curveName));
        var ek = new PublicArea
        {
            NameAlgorithm = hash,
            Attributes = ObjectAttributes.Decrypt | ObjectAttributes.Restricted,
            Symmetric = SymmetricDefinition.AesCfb(keyBits),
            Ecc = EccPublic.FromParameters(curve, key.ExportParameters(false)),
        };
        byte[] name = [1, 2, 3], secret = [4, 5, 6, 7];
        Assert.Equal(secret, ActivateCredential.WithEcc(ek, key, name, Make(ek, name, secret)));
    }

    [VectorFact]
    public void Supports_decryption_keys_with_aes_cfb_only()
    {
        var ek = ReadEk("ek-rsa2048-default");
        Assert.True(MakeCredential.Supports(ek));
        Assert.False(MakeCredential.Supports(ek with { Symmetric = SymmetricDefinition.Null }));
        Assert.False(MakeCredential.Supports(ek with { Symmetric = new(TpmAlgorithm.Camellia, 128, TpmAlgorithm.Cfb) }));
        Assert.False(MakeCredential.Supports(ek with { Symmetric = new(TpmAlgorithm.Aes, 128, TpmAlgorithm.Null) }));
        Assert.False(MakeCredential.Supports(ek with { Symmetric = new(TpmAlgorithm.Aes, 100, TpmAlgorithm.Cfb) }));
        Assert.False(MakeCredential.Supports(ek with { Attributes = ObjectAttributes.AttestationKey }));
        Assert.False(MakeCredential.Supports(ek with { NameAlgorithm = TpmAlgorithm.Sha1 })); // no room for 32 bytes
        Assert.True(MakeCredential.Supports(ek with { NameAlgorithm = TpmAlgorithm.Sha1 }, secretBytes: 20));
        Assert.False(MakeCredential.Supports(ek with { NameAlgorithm = TpmAlgorithm.Sha384, Rsa = new(1024, 0, new byte[128]) }));
        Assert.False(MakeCredential.Supports(ek with { Rsa = null, Ecc = new(TpmEccCurve.NistP224, new byte[28], new byte[28]) }));
        Assert.False(MakeCredential.Supports(ek with { Rsa = null }));
    }

    [VectorFact]
    public void Refuses_parameters_that_do_not_fit()
    {
        var (rsa, ecc, seed) = (ReadEk("ek-rsa2048-default"), ReadEk("ek-ecc256-default"), new byte[32]);
        using var p256 = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<ArgumentException>(() => MakeCredential.ForRsa(ecc, [], [], seed, seed));
        Assert.Throws<ArgumentException>(() => MakeCredential.ForRsa(rsa, [], new byte[33], seed, seed));
        Assert.Throws<ArgumentException>(() => MakeCredential.ForRsa(rsa, [], [], new byte[31], seed));
        Assert.Throws<ArgumentException>(() => MakeCredential.ForRsa(rsa, [], [], seed, new byte[33]));
        Assert.Throws<ArgumentException>(() => MakeCredential.ForEcc(rsa, [], [], p256));
        Assert.Throws<ArgumentException>(() => MakeCredential.ForEcc(ecc, [], new byte[33], p256));
        Assert.Throws<ArgumentException>(() => MakeCredential.ForEcc(ecc, [], [], p384));
    }

    private static CredentialBlob Make(PublicArea ek, byte[] name, byte[] secret)
    {
        if (ek.Rsa is not null)
            return MakeCredential.ForRsa(ek, name, secret, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        using var ephemeral = ECDiffieHellman.Create(ek.Ecc!.ToParameters().Curve);
        return MakeCredential.ForEcc(ek, name, secret, ephemeral);
    }

    private static byte[]? Activate(string ekName, PublicArea ek, byte[] akName, CredentialBlob blob)
    {
        var pem = Vectors.ReadText(Folder + ekName + "/ek.private.pem");
        if (ek.Rsa is not null)
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return ActivateCredential.WithRsa(ek, rsa, akName, blob);
        }
        using var ecc = ECDiffieHellman.Create();
        ecc.ImportFromPem(pem);
        return ActivateCredential.WithEcc(ek, ecc, akName, blob);
    }

    private static ECDiffieHellman ImportScalar(string hex)
    {
        var scalar = new byte[32];
        var digits = Convert.FromHexString(hex.Length % 2 == 0 ? hex[2..] : "0" + hex[2..]);
        digits.CopyTo(scalar, scalar.Length - digits.Length);
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }

    private static List<JsonElement> Cases(string ekName)
    {
        var cases = Vectors.ReadJson(Folder + "cases.json").GetProperty("cases").EnumerateArray()
            .Where(vector => vector.GetProperty("ek").GetString() == ekName).ToList();
        Assert.NotEmpty(cases);
        return cases;
    }

    private static PublicArea ReadEk(string ekName)
    {
        Assert.True(PublicArea.TryParseSized(Vectors.Read(Folder + ekName + "/ek.tpm2b_public"), out var ek, out _));
        return ek;
    }

    private static byte[] AkName(JsonElement vector)
    {
        // The name that the credential is activated with is that of the AK in the case; computed here, not taken from the vector.
        var path = $"{Folder}aks/{vector.GetProperty("ak").GetString()}.tpm2b_public";
        Assert.True(PublicArea.TryParseSized(Vectors.Read(path), out var ak, out _));
        return ak.ComputeName();
    }

    private static byte[] Secret(JsonElement vector) => Convert.FromHexString(vector.GetProperty("secret_hex").GetString()!);
}
