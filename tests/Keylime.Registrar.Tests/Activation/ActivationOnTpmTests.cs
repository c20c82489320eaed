using System.Net;
using System.Text.Json.Nodes;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Devices;

namespace Keylime.Registrar.Tests.Activation;

/// <summary>The whole round trip on a real software TPM.</summary>
public sealed class ActivationOnTpmTests(RegistrarService registrar) : IClassFixture<RegistrarService>
{
    [SoftwareTpmTheory]
    [InlineData("rsa2048")]
    [InlineData("ecc256")]
    [InlineData("ecc384")]
    public async Task A_real_tpm_opens_the_challenge_and_is_activated(string endorsementKey)
    {
        await using var software = await SoftwareTpm.StartAsync();
        Assert.True(TctiName.TryParse(software.Tcti, out var name, out _));
        var device = new TpmDevice(TpmTransport.Create(name));
        var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.Find(endorsementKey)!);
        var ak = await device.CreateAttestationKeyAsync(ek, AttestationKeyTemplate.Rsa(2048, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256));
        var certificate = await device.ReadCertificatesAsync(ek) is [var first, ..] ? first : null;
        using var agent = registrar.Anonymous();

        var (status, registered) = await agent.SendJsonAsync(HttpMethod.Post, $"/v2.6/agents/{endorsementKey}", new JsonObject
        {
            ["ek_tpm"] = Convert.ToBase64String(ek.Public.ToSizedBytes()),
            ["aik_tpm"] = Convert.ToBase64String(ak.Public.ToSizedBytes()),
            ["ekcert"] = certificate is null ? null : Convert.ToBase64String(certificate),
        }.ToJsonString());
        Assert.True(status == HttpStatusCode.OK, registered.ToJsonString());
        Assert.True(CredentialBlob.TryParse(Convert.FromBase64String((string)registered["results"]!["blob"]!), out var blob, out _));
        var secret = await device.ActivateCredentialAsync(ak, blob);
        var tag = AuthTag.Compute(AuthTag.KeyFromSecret(secret), endorsementKey);

        Assert.Equal(HttpStatusCode.OK, (await agent.SendJsonAsync(HttpMethod.Put, $"/v2.6/agents/{endorsementKey}", $$"""{"auth_tag":"{{tag}}"}""")).Status);
    }
}

/// <summary>Skipped where no software TPM is installed.</summary>
public sealed class SoftwareTpmTheoryAttribute : TheoryAttribute
{
    public SoftwareTpmTheoryAttribute() => Skip = SoftwareTpm.SkipReason;
}
