using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent.Tests;

public sealed class AgentConfigTests
{
    [Fact]
    public void Defaults_are_the_Rust_agents()
    {
        var config = Read();
        Assert.Equal("d432fbb3-d2f1-4a97-9ef7-75bd81c00000", config.Uuid);
        Assert.Equal(("127.0.0.1", 9002), (config.ContactAddress, config.ContactPort));
        Assert.Equal(("127.0.0.1", 9002), (config.ListenAddress.ToString(), config.ListenPort));
        Assert.Equal(ApiVersion.AgentSupported, config.ApiVersions);
        Assert.Equal("/work-folder/agent_data.json", config.DataPath);
        Assert.Equal("/work-folder/server-private.pem", config.ServerKeyPath);
        Assert.Equal("/work-folder/server-cert.crt", config.ServerCertificatePath);
        Assert.Equal("/work-folder/payload-private.pem", config.PayloadKeyPath);
        Assert.Equal("/sys/kernel/security/ima/ascii_runtime_measurements", config.ImaListPath);
        Assert.Equal("/sys/kernel/security/tpm0/binary_bios_measurements", config.BootLogPath);
        Assert.Equal("/work-folder/secure/unzipped/RevocationNotifier-cert.crt", config.Revocation.CertificatePath);
        Assert.Equal(("derived_tci_key", "decrypted_payload", "autorun.sh"), (config.Payload.KeyName, config.Payload.FileName, config.Payload.Script));
        Assert.Null(config.EndorsementKeyHandle);
        Assert.Equal([new(new("http://127.0.0.1:8890"))], config.Registration.Registrars);
        Assert.Null(config.Registration.Zone);
        Assert.Equal(5, config.Registration.MaxRetries);
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(300)), (config.Registration.InitialDelay, config.Registration.MaxDelay));
    }

    [Fact]
    public void Paths_are_relative_to_the_work_folder_and_may_be_absolute()
    {
        var config = Read(("SERVER_KEY", "keys/tls.pem"), ("IMA_ML_PATH", "ima/list"), ("MEASUREDBOOT_ML_PATH", "/logs/boot"), ("AGENT_DATA_PATH", ""));
        Assert.Equal("/work-folder/keys/tls.pem", config.ServerKeyPath);
        Assert.Equal("/work-folder/ima/list", config.ImaListPath);
        Assert.Equal("/logs/boot", config.BootLogPath);
        Assert.Equal("/work-folder/agent_data.json", config.DataPath);
    }

    [Fact]
    public void Registrars_are_a_list()
    {
        var config = Read(("REGISTRAR_IP", "10.0.0.1, 10.0.0.2:18890@east,registrar.example@west"), ("REGISTRAR_PORT", "8899"), ("ZONE", "west"));
        Assert.Equal([new(new("http://10.0.0.1:8899")), new(new("http://10.0.0.2:18890"), "east"), new(new("http://registrar.example:8899"), "west")], config.Registration.Registrars);
        Assert.Equal("west", config.Registration.Zone);
    }

    [Theory]
    [InlineData("REGISTRAR_IP", "", "registrar_ip")]
    [InlineData("REGISTRAR_IP", "10.0.0.1, a:b", "registrar_ip = '10.0.0.1, a:b'")]
    [InlineData("REGISTRAR_IP", "10.0.0.1@", "registrar_ip")]
    [InlineData("REGISTRAR_IP", "http://10.0.0.1", "registrar_ip")]
    [InlineData("REGISTRAR_IP", "10.0.0.1@east, 10.0.0.1@west", "10.0.0.1:8890 stands in two zones")]
    [InlineData("REGISTRAR_IP", "[10.0.0.1", "registrar_ip")]
    [InlineData("ZONE", "east, west", "zone = 'east, west'")]
    public void An_address_that_is_none_is_named_with_its_option(string option, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Read((option, value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("default", "2.1 2.2 2.3 2.4 2.5 2.6")]
    [InlineData("latest", "2.6")]
    [InlineData("2.5, 2.1, 9.9", "2.1 2.5")]
    public void Versions_are_those_that_are_known_lowest_first(string option, string versions) =>
        Assert.Equal(versions, string.Join(' ', Read(("API_VERSIONS", option)).ApiVersions));

    [Theory]
    [InlineData("0x81010001", 0x81010001u)]
    [InlineData("81010001", 0x81010001u)]
    [InlineData("generate", null)]
    [InlineData("", null)]
    public void An_endorsement_key_may_be_persistent(string option, uint? handle) => Assert.Equal(handle, Read(("EK_HANDLE", option)).EndorsementKeyHandle);

    [Theory]
    [InlineData("secret", "736563726574")]
    [InlineData("hex:00FF", "00ff")]
    [InlineData("", "")]
    public void The_owners_password_may_be_hex(string option, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexStringLower(Read(("TPM_OWNERPASSWORD", option)).EndorsementPassword));

    [Theory]
    [InlineData("API_VERSIONS", "1.0, 3.0")]
    [InlineData("EK_HANDLE", "0x80000001")]
    [InlineData("EK_HANDLE", "first")]
    [InlineData("TPM_OWNERPASSWORD", "hex:0")]
    [InlineData("DEC_PAYLOAD_FILE", "../file")]
    [InlineData("ENC_KEYNAME", "")]
    [InlineData("PAYLOAD_SCRIPT", "/bin/sh")]
    [InlineData("REGISTRAR_IP", "")]
    [InlineData("ENABLE_IAK_IDEVID", "true")]
    [InlineData("PORT", "99999")]
    [InlineData("CONTACT_PORT", "0")]
    public void Refuses_what_it_cannot_work_with_and_names_the_option(string option, string value) =>
        Assert.Contains(option.ToLowerInvariant(), Assert.Throws<ConfigurationException>(() => Read((option, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_refused_password_is_not_shown() =>
        Assert.DoesNotContain("hex:XYZ", Assert.Throws<ConfigurationException>(() => Read(("TPM_OWNERPASSWORD", "hex:XYZ"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Payloads_over_plain_HTTP_are_an_explicit_choice()
    {
        Assert.Throws<ConfigurationException>(() => Read(("ENABLE_AGENT_MTLS", "false")));
        Assert.False(Read(("ENABLE_AGENT_MTLS", "false"), ("PAYLOAD_SCRIPT", "")).Payload.Run);
        Assert.True(Read(("ENABLE_AGENT_MTLS", "false"), ("ENABLE_INSECURE_PAYLOAD", "true")).Payload.Run);
    }

    [Fact]
    public void Clients_need_an_authority_that_exists() =>
        Assert.Contains("cacert.crt", Assert.Throws<ConfigurationException>(() => AgentConfig.Read(Settings([]))).Message, StringComparison.Ordinal);

    private static AgentConfig Read(params (string Option, string Value)[] options)
    {
        // The authority's file is not what these tests are about: they run without TLS unless they say otherwise.
        var all = options.Any(o => o.Option == "ENABLE_AGENT_MTLS") ? options : [.. options, ("ENABLE_AGENT_MTLS", "false"), ("ENABLE_INSECURE_PAYLOAD", "true")];
        return AgentConfig.Read(Settings(all));
    }

    private static KeylimeSettings Settings(IEnumerable<(string Option, string Value)> options)
    {
        var environment = options.ToDictionary(o => $"KEYLIME_AGENT_{o.Option}", o => o.Value);
        environment["KEYLIME_DIR"] = "/work-folder";
        return KeylimeSettings.Load("agent", environment, root: "/nonexistent");
    }
}
