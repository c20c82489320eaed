using Keylime.Agent.Identity;
using Keylime.Agent.Registration;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.Testing;
using Keylime.Tpm.Devices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keylime.Agent.Tests.Registration;

/// <summary>Registration and the attestation key's life, on a real TPM and over real HTTP.</summary>
public sealed class AgentRegistrationTests(AgentRegistrationTests.Fixture fixture) : IClassFixture<AgentRegistrationTests.Fixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TpmFact]
    public async Task Registers_and_proves_its_key()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        var agent = await RegisterAsync(registrar.Address);
        Assert.Equal(agent.Identity.Id.Value, registrar.Activated.Single());
        var (version, _, request) = registrar.Registrations.Single();
        Assert.Equal("2.6", version);
        Assert.Equal("disabled", request.MtlsCert);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----\n", request.EkCert, StringComparison.Ordinal);
    }

    [TpmTheory]
    [InlineData("2.2", "2.1 2.2", "2.2")]
    [InlineData("3.0", "1.0 2.0 2.1 2.3 3.0", "2.3")]
    [InlineData("2.9", "2.6 2.9", "2.6")]
    public async Task Speaks_the_registrars_version(string current, string supported, string expected)
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Versions = new(current, supported.Split(' '));
        await RegisterAsync(registrar.Address);
        Assert.Equal(expected, registrar.Registrations.Single().Version);
    }

    [TpmFact]
    public async Task A_registrar_without_a_version_in_common_is_no_registrar()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Versions = new("1.0", ["1.0", "2.0"]);
        var error = await Assert.ThrowsAsync<RegistrationException>(() => RegisterAsync(registrar.Address));
        Assert.Contains("registrar speaks 1.0, 2.0", error.Message, StringComparison.Ordinal);
        Assert.Empty(registrar.Registrations);
    }

    [TpmFact]
    public async Task A_registrar_that_hides_its_versions_is_tried_from_the_newest_on()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Versions = null;
        registrar.Intercept = (version, _) => version is "2.6" or "2.5" ? Answers.Error(400, "API version not supported") : null;
        await RegisterAsync(registrar.Address);
        Assert.Equal(["2.6", "2.5", "2.4"], registrar.Registrations.Select(registration => registration.Version));
        Assert.Single(registrar.Activated);
    }

    [TpmTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_registrar_that_lists_no_versions_is_tried_from_the_newest_on(bool isNull)
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Versions = new("2.6", isNull ? null! : []);
        await RegisterAsync(registrar.Address);
        Assert.Equal("2.6", registrar.Registrations.Single().Version);
        Assert.Single(registrar.Activated);
    }

    [TpmFact]
    public async Task A_forbidden_registration_is_final_and_says_what_to_do()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Intercept = (_, _) => Answers.Error(StatusCodes.Status403Forbidden, "different TPM identity");
        var error = await Assert.ThrowsAsync<RegistrationException>(() => RegisterAsync(registrar.Address, retries: 5));
        Assert.Single(registrar.Registrations);
        Assert.Contains("different TPM identity", error.Message, StringComparison.Ordinal);
        Assert.Contains("delete the registrar's record", error.Message, StringComparison.Ordinal);
    }

    [TpmFact]
    public async Task An_invalid_registration_is_final()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Intercept = (_, _) => Answers.Error(StatusCodes.Status400BadRequest, "Could not register agent with invalid data");
        await Assert.ThrowsAsync<RegistrationException>(() => RegisterAsync(registrar.Address, retries: 5));
        Assert.Single(registrar.Registrations);
    }

    [TpmFact]
    public async Task Outages_pass_and_a_lost_challenge_is_asked_for_again()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Intercept = (_, number) => number switch
        {
            1 => Answers.Error(500, "database"),
            2 => Results.StatusCode(429),
            _ => null,
        };
        var activations = 0;
        registrar.InterceptActivation = () => ++activations == 1 ? Answers.Error(404, "unknown") : null;
        await RegisterAsync(registrar.Address, retries: 3);
        Assert.Equal(4, registrar.Registrations.Count);
        Assert.Single(registrar.Activated);
    }

    [TpmTheory]
    [InlineData("<html>Be back soon</html>")]
    [InlineData("{}")]
    [InlineData("""{"code":200,"status":"Success","results":{}}""")]
    [InlineData("""{"code":200,"status":"Success","results":{"blob":"AAAA"}}""")]
    [InlineData("""{"code":200,"status":"Success","results":[]}""")]
    public async Task Answers_that_make_no_sense_pass(string text)
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Intercept = (_, number) => number <= 2 ? Results.Text(text, "application/json") : null;
        await RegisterAsync(registrar.Address, retries: 2);
        Assert.Single(registrar.Activated);
    }

    [TpmFact]
    public async Task Gives_up_after_the_configured_number_of_tries()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Intercept = (_, _) => Answers.Error(500, "database");
        await Assert.ThrowsAsync<RegistrationException>(() => RegisterAsync(registrar.Address, retries: 2));
        Assert.Equal(3, registrar.Registrations.Count);
    }

    [TpmFact]
    public async Task Any_registrar_of_the_list_will_do()
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        await RegisterAsync($"127.0.0.1:{TcpPorts.Free(1)[0]}, {registrar.Address}, 127.0.0.1:{TcpPorts.Free(1)[0]}");
        Assert.Single(registrar.Activated);
    }

    [TpmTheory]
    [InlineData("no base64")]
    [InlineData("AAAA")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_challenge_that_is_none_ends_in_a_message(string? blob)
    {
        await using var registrar = await RegistrarStandIn.StartAsync();
        registrar.Intercept = (_, _) => Answers.Ok(new RegisterAgentResponse(blob!));
        var error = await Assert.ThrowsAsync<RegistrationException>(() => RegisterAsync(registrar.Address));
        Assert.Contains("cannot open the registrar's challenge", error.Message, StringComparison.Ordinal);
    }

    [TpmFact]
    public async Task The_id_may_be_the_endorsement_keys_hash()
    {
        var agent = await ProvisionAsync(Read(("UUID", "hash_ek")));
        Assert.Matches("^[0-9a-f]{64}$", agent.Identity.Id.Value);
        Assert.Equal(agent.Identity.Id, (await ProvisionAsync(Read(("UUID", "hash_ek")))).Identity.Id);
    }

    [TpmFact]
    public async Task The_key_is_kept_as_long_as_its_file_fits()
    {
        var first = await ProvisionAsync(Read());
        Assert.Equal(AttestationKeyOrigin.FirstStart, first.Origin);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.At("agent_data.json")));
        var second = await ProvisionAsync(Read());
        Assert.Equal(AttestationKeyOrigin.Kept, second.Origin);
        Assert.Equal(first.Identity.AttestationKey, second.Identity.AttestationKey);

        var other = await ProvisionAsync(Read(("TPM_HASH_ALG", "sha1")));
        Assert.Equal(AttestationKeyOrigin.FileOfAnotherKey, other.Origin);
        Assert.NotEqual(first.Identity.AttestationKey, other.Identity.AttestationKey);
        Assert.True(File.Exists(_folder.At("agent_data.json.rejected")));
    }

    [TpmFact]
    public async Task A_damaged_file_is_put_aside_and_replaced()
    {
        await File.WriteAllTextAsync(_folder.At("agent_data.json"), "{ damaged");
        Assert.Equal(AttestationKeyOrigin.FileUnreadable, (await ProvisionAsync(Read())).Origin);
        Assert.Equal("{ damaged", await File.ReadAllTextAsync(_folder.At("agent_data.json.rejected")));
        Assert.Equal(AttestationKeyOrigin.Kept, (await ProvisionAsync(Read())).Origin);
    }

    [TpmFact]
    public async Task A_file_whose_key_the_TPM_does_not_know_is_put_aside()
    {
        await ProvisionAsync(Read());
        Assert.True(AgentData.TryParse(await File.ReadAllBytesAsync(_folder.At("agent_data.json")), out var data, out _));
        data.Private[^1] ^= 1;
        await File.WriteAllBytesAsync(_folder.At("agent_data.json"), data.Write());
        Assert.Equal(AttestationKeyOrigin.RefusedByTpm, (await ProvisionAsync(Read())).Origin);
    }

    [TpmFact]
    public async Task A_persistent_key_that_is_not_there_is_a_configuration_error() =>
        Assert.Contains("ek_handle", (await Assert.ThrowsAsync<ConfigurationException>(() => ProvisionAsync(Read(("EK_HANDLE", "0x81010099"))))).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private async Task<ProvisionedAgent> RegisterAsync(string registrars, int retries = 0)
    {
        var config = Read(("REGISTRAR_IP", registrars), ("EXPONENTIAL_BACKOFF_INITIAL_DELAY", "1"), ("EXPONENTIAL_BACKOFF_MAX_RETRIES", $"{retries}"));
        var agent = await ProvisionAsync(config);
        var client = RegistrarConnection.Open(config.Registration, agent.Identity.Id, TimeProvider.System);
        await new AgentRegistration(config, agent.Identity, client, new(fixture.Device, agent.AttestationKey), TimeProvider.System, NullLogger<AgentRegistration>.Instance)
            .RegisterAsync(CancellationToken.None);
        return agent;
    }

    private Task<ProvisionedAgent> ProvisionAsync(AgentConfig config) => new AgentProvisioning(config, fixture.Device, TimeProvider.System).RunAsync(CancellationToken.None);

    private AgentConfig Read(params (string Option, string Value)[] options)
    {
        var environment = options.ToDictionary(option => $"KEYLIME_AGENT_{option.Option}", option => option.Value);
        environment["KEYLIME_DIR"] = _folder.Path;
        environment["KEYLIME_AGENT_ENABLE_AGENT_MTLS"] = "false";
        environment["KEYLIME_AGENT_PAYLOAD_SCRIPT"] = "";
        return AgentConfig.Read(KeylimeSettings.Load("agent", environment, root: "/nonexistent"));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private SoftwareTpm? _tpm;

        internal TpmDevice Device { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (SoftwareTpm.SkipReason is not null) return;
            _tpm = await SoftwareTpm.StartAsync();
            Assert.True(TctiName.TryParse(_tpm.Tcti, out var name, out _));
            Device = new(TpmTransport.Create(name));
        }

        public async Task DisposeAsync()
        {
            if (_tpm is not null) await _tpm.DisposeAsync();
        }
    }
}
