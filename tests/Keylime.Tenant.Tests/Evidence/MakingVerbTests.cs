using System.Security.Cryptography;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Tests.Evidence;

/// <summary>What the verbs make, other verbs take.</summary>
public sealed class MakingVerbTests : IDisposable
{
    private readonly EvidenceRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Signs_a_policy_that_its_public_key_verifies_and_another_does_not()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = _run.PathOf("signed");
        await ExpectAsync(0, "policy", "sign", "--policy", "tree/ima/policies/good.json", "--key", _run.Write(key.ExportPkcs8PrivateKeyPem()), "--write", signed);
        await ExpectAsync(0, "policy", "verify", "--policy", signed, "--key", _run.Write(key.ExportSubjectPublicKeyInfoPem()));
        await ExpectAsync(6, "policy", "verify", "--policy", signed, "--key", "evidence/other-key.pem");
    }

    [Fact]
    public async Task Creates_a_policy_by_which_the_list_that_it_was_made_of_is_good()
    {
        var policy = _run.PathOf("policy");
        await ExpectAsync(0, "policy", "create", "--log", "tree/ima/two.log", "--write", policy);
        await ExpectAsync(0, "ima", "appraise", "--log", "tree/ima/two.log", "--policy", policy);
    }

    [Fact]
    public async Task Converts_an_allow_list_to_a_policy()
    {
        var policy = _run.PathOf("policy");
        await ExpectAsync(0, "policy", "convert", "--policy", "tree/ima/allowlist.txt", "--write", policy);
        await ExpectAsync(0, "policy", "validate", "--policy", policy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Makes_a_credential_that_only_the_right_keys_open(bool isRsa)
    {
        using var rsa = RSA.Create(2048);
        using var ecc = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var area = new PublicArea
        {
            NameAlgorithm = TpmAlgorithm.Sha256,
            Attributes = ObjectAttributes.Decrypt | ObjectAttributes.Restricted,
            Symmetric = new(TpmAlgorithm.Aes, 128, TpmAlgorithm.Cfb),
            Rsa = isRsa ? RsaPublic.FromParameters(rsa.ExportParameters(false)) : null,
            Ecc = isRsa ? null : EccPublic.FromParameters(TpmEccCurve.NistP256, ecc.ExportParameters(false)),
        };
        var (ek, credential, name) = (_run.Write(area.ToSizedBytes()), _run.PathOf("credential"), "000b" + new string('a', 64));
        var privateKey = _run.Write(isRsa ? rsa.ExportPkcs8PrivateKeyPem() : ecc.ExportPkcs8PrivateKeyPem());
        await ExpectAsync(0, "credential", "make", "--ek", ek, "--ak-name", name, "--secret", _run.Write("secret"), "--write", credential);
        Assert.Contains("\"secret\": \"736563726574\"", await ExpectAsync(0, "credential", "open", "--ek", ek, "--ek-private", privateKey, "--ak-name", name, "--credential", credential), StringComparison.Ordinal);
        await ExpectAsync(6, "credential", "open", "--ek", ek, "--ek-private", privateKey, "--ak-name", name.Replace('a', 'b'), "--credential", credential);
        Assert.Contains("is not the private half", await ExpectAsync(2, "credential", "open", "--ek", ek, "--ek-private", _run.Write(OtherKey(isRsa)), "--ak-name", name, "--credential", credential), StringComparison.Ordinal);
    }

    private static string OtherKey(bool isRsa)
    {
        using AsymmetricAlgorithm key = isRsa ? RSA.Create(2048) : ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static async Task<string> ExpectAsync(int exitCode, params string[] arguments)
    {
        var result = await EvidenceRun.RunAsync(arguments);
        Assert.True(exitCode == result.ExitCode, $"{string.Join(' ', arguments)}: {result}");
        return result.Output + result.Error;
    }
}
