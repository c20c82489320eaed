using Keylime.Agent.Identity;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Tpm;

namespace Keylime.Agent.Tests.Identity;

public sealed class TpmAlgorithmsTests
{
    [Theory]
    [InlineData("rsa", "2.4", "rsa")]
    [InlineData("rsa", "2.5", "rsa2048")]
    [InlineData("rsa2048", "2.6", "rsa2048")]
    [InlineData("ecc", "2.1", "ecc")]
    [InlineData("ecc256", "2.6", "ecc256")]
    [InlineData("ecc_nist_p384", "2.1", "ecc384")]
    [InlineData("rsa3072", "2.4", "rsa3072")]
    public void Names_the_key_as_the_peers_version_does(string option, string version, string name)
    {
        Assert.True(ApiVersion.TryParse(version, out var parsed));
        Assert.Equal(name, Read(("ENCRYPTION", option)).EncryptionName(parsed));
    }

    [Theory]
    [InlineData("rsa", null, "rsassa", "RsaSsa")]
    [InlineData("rsa", "rsapss", "rsapss", "RsaPss")]
    [InlineData("ecc", null, "ecdsa", "EcDsa")]
    [InlineData("ecc", "ecdsa", "ecdsa", "EcDsa")]
    public void The_scheme_follows_the_key_unless_it_is_set(string key, string? signing, string wire, string rust)
    {
        var algorithms = signing is null ? Read(("ENCRYPTION", key)) : Read(("ENCRYPTION", key), ("SIGNING", signing));
        Assert.Equal((wire, rust), (algorithms.SigningName, algorithms.RustSigningName));
    }

    [Theory]
    [InlineData("HASH", "sm3_256")]
    [InlineData("HASH", "SHA256")]
    [InlineData("ENCRYPTION", "rsa1024")]
    [InlineData("SIGNING", "ecdsa")]
    [InlineData("SIGNING", "ecschnorr")]
    public void Refuses_what_it_cannot_do_and_names_the_option(string option, string value) =>
        Assert.Contains($"tpm_{option.ToLowerInvariant()}_alg", Assert.Throws<ConfigurationException>(() => Read((option, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void Hashes_have_the_wires_and_Rusts_names()
    {
        var algorithms = Read(("HASH", "sha384"));
        Assert.Equal((TpmAlgorithm.Sha384, "sha384", "Sha384"), (algorithms.Hash, algorithms.HashName, algorithms.RustHashName));
    }

    private static TpmAlgorithms Read(params (string Option, string Value)[] options) =>
        TpmAlgorithms.Read(KeylimeSettings.Load("agent", options.ToDictionary(o => $"KEYLIME_AGENT_TPM_{o.Option}_ALG", o => o.Value), root: "/nonexistent"));
}
