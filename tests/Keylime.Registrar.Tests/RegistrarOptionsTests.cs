using System.Net;
using Keylime.Registrar.Agents;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Testing;

namespace Keylime.Registrar.Tests;

public sealed class RegistrarOptionsTests
{
    [Theory]
    [InlineData("KEYLIME_REGISTRAR_TPM_IDENTITY", "trust_me")]
    [InlineData("KEYLIME_REGISTRAR_MALFORMED_CERT_ACTION", "shrug")]
    public void A_value_that_means_nothing_stops_the_start(string variable, string value)
    {
        var settings = KeylimeSettings.Load("registrar", new Dictionary<string, string> { [variable] = value }, "/nowhere");
        Assert.Contains(value, Assert.Throws<ConfigurationException>(() => RegistrarConfig.Read(settings)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reject", HttpStatusCode.BadRequest)]
    [InlineData("ignore", HttpStatusCode.OK)]
    public async Task Malformed_certificates_are_treated_as_told(string action, HttpStatusCode expected)
    {
        var registrar = new RegistrarService();
        await registrar.StartAsync(null, ("KEYLIME_REGISTRAR_MALFORMED_CERT_ACTION", action));
        using var tpm = new TpmKeys();
        var padded = Convert.ToBase64String([.. tpm.EkCertificate(), 0]);
        using var agent = registrar.Anonymous();
        var (status, body) = await agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/a", tpm.Registration(("ekcert", padded)).ToJsonString());
        Assert.True(status == expected, body.ToJsonString());
        await registrar.DisposeAsync();
    }

    [Fact]
    public async Task A_registrar_for_device_identities_takes_no_agent_without_one()
    {
        var registrar = new RegistrarService();
        await registrar.StartAsync(null, ("KEYLIME_REGISTRAR_TPM_IDENTITY", "iak_idevid"));
        using var tpm = new TpmKeys();
        using var agent = registrar.Anonymous();
        var (status, body) = await agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/a", tpm.Registration().ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(RegistrationRules.InvalidData, (string)body["status"]!, StringComparison.Ordinal);
        await registrar.DisposeAsync();
    }

    [Fact]
    public async Task Says_try_again_while_the_database_is_away_and_goes_on_when_it_is_back()
    {
        await using var server = await PostgresServer.StartAsync();
        var registrar = new RegistrarService();
        await registrar.StartAsync(await server.CreateDatabaseAsync());
        using var tpm = new TpmKeys();
        using var agent = registrar.Anonymous();
        Task<(HttpStatusCode Status, System.Text.Json.Nodes.JsonNode Body)> RegisterAsync() =>
            agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/a", tpm.Registration().ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await RegisterAsync()).Status);

        await server.PauseAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await RegisterAsync()).Status);
        await server.ResumeAsync();
        Assert.Equal(HttpStatusCode.OK, (await RegisterAsync()).Status);
        await registrar.DisposeAsync();
    }
}
