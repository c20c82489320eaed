using System.Security.Cryptography;
using System.Text;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Tenant.Tests.Agents;

public sealed class EnrollmentTests : IAsyncLifetime
{
    private const string Policy = """
        {"meta":{"version":1,"generator":2},"release":0,"digests":{"/bin/a":["0000000000000000000000000000000000000000000000000000000000000001"]},"excludes":[],
        "keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}
        """;

    private StandInCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await StandInCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Adds_an_agent_with_what_the_registrar_knows_of_it()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        var policy = _cluster.WriteFile("policy.json", Policy);
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0", "--runtime-policy", policy, "--tpm-policy", """{"15":"AA00000000000000000000000000000000000000"}""", "--wait");
        Assert.Equal("Agent agent-0 added (1 of 1)\nAgent agent-0 attested (1 of 1)\n", error);
        Assert.Equal(0, exitCode);
        var sent = _cluster.Agents["agent-0"];
        Assert.Equal(("127.0.0.1", machine.Port, "2.6", "127.0.0.1", _cluster.VerifierPort), (sent.CloudagentIp, sent.CloudagentPort, sent.SupportedVersion, sent.VerifierIp, sent.VerifierPort));
        Assert.Equal("""{"15":["aa00000000000000000000000000000000000000"],"mask":"0x8400"}""", sent.TpmPolicy);
        Assert.Equal(Policy, Encoding.UTF8.GetString(Convert.FromBase64String(sent.RuntimePolicy!)));
        Assert.Equal((_cluster.Registrations["agent-0"].AikTpm, _cluster.Registrations["agent-0"].MtlsCert, null, "{}", ""), (sent.AkTpm, sent.MtlsCert, sent.V, sent.Metadata, sent.RevocationKey));
        Assert.Null(machine.Delivered);
    }

    [Fact]
    public async Task Adds_those_it_can_when_one_cannot_be_added()
    {
        await _cluster.AddMachineAsync("agent-0");
        await _cluster.AddMachineAsync("agent-2");
        var (exitCode, output, error) = await _cluster.RunAsync("agent", "add", "agent-0", "agent-1", "agent-2", "-o", "json");
        Assert.Equal(1, exitCode);
        Assert.Contains("ERROR: Agent agent-1 data not found in the Registrar.", error, StringComparison.Ordinal);
        Assert.Equal(["agent-0", "agent-2"], _cluster.Agents.Keys.Order());
        Assert.Contains("\"id\": \"agent-2\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Warns_of_an_agent_of_which_nothing_is_judged(bool isJudged)
    {
        await _cluster.AddMachineAsync("agent-0");
        _cluster.JudgedOfAdded = isJudged ? [Judged.Pcrs] : [];
        var (exitCode, output, error) = await _cluster.RunAsync("agent", "add", "agent-0");
        Assert.Equal(0, exitCode);
        Assert.Contains(isJudged ? " pcrs " : " none ", output, StringComparison.Ordinal);
        Assert.Equal(!isJudged, error.Contains("warning: nothing of agent-0 is judged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("agent list", "No agents.\n")]
    [InlineData("registration list", "No registrations.\n")]
    [InlineData("policy runtime list", "No runtime policies.\n")]
    public async Task Says_that_a_list_is_empty(string verb, string said)
    {
        Assert.Equal((0, "", said), await _cluster.RunAsync(verb.Split(' ')));
        Assert.Equal((0, "[]\n", said), await _cluster.RunAsync([.. verb.Split(' '), "-o", "json"]));
    }

    [Fact]
    public async Task A_payload_key_that_is_too_short_is_that_agents_failure()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        using var tooShort = RSA.Create(512);
        machine.PayloadPem = machine.BoundText = tooShort.ExportSubjectPublicKeyInfoPem() + "\n";
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0", "--payload", _cluster.WriteFile("payload", "secret"));
        Assert.Equal((1, "ERROR: Agent agent-0: its public key is no RSA key, or too short for the payload's\n"), (exitCode, error));
    }

    [Fact]
    public async Task Does_not_speak_in_the_clear_because_a_registration_says_so()
    {
        await _cluster.AddMachineAsync("agent-0");
        _cluster.Registrations["agent-0"] = _cluster.Registrations["agent-0"] with { MtlsCert = "disabled" };
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0");
        Assert.Equal(1, exitCode);
        Assert.Contains("Agent agent-0 registered without TLS, but enable_agent_mtls is true", error, StringComparison.Ordinal);
        Assert.Empty(_cluster.Agents);
    }

    [Fact]
    public async Task Waits_for_an_agent_to_register()
    {
        var adding = _cluster.RunAsync("agent", "add", "agent-0", "--wait-registered", "60s");
        await _cluster.AddMachineAsync("agent-0");
        Assert.Equal(0, (await adding).ExitCode);
    }

    [Fact]
    public async Task Delivers_a_payload_that_only_the_two_shares_open()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        Assert.Equal(0, (await _cluster.RunAsync("agent", "add", "agent-0", "--payload", _cluster.WriteFile("secret", "the payload"))).ExitCode);
        machine.V = Convert.FromBase64String(_cluster.Agents["agent-0"].V!);
        Assert.Equal("the payload"u8.ToArray(), machine.DecryptPayload());
    }

    [Fact]
    public async Task Delivers_a_certificate_package()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        Assert.Equal(0, (await _cluster.RunAsync("agent", "add", "agent-0", "--cert", "default")).ExitCode);
        var sent = _cluster.Agents["agent-0"];
        machine.V = Convert.FromBase64String(sent.V!);
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(machine.DecryptPayload()!));
        Assert.Equal(["agent-0-public.pem", "agent-0-cert.crt", "agent-0-private.pem", "cacert.crt", "cacrl.der", "cacrl.pem", "RevocationNotifier-cert.crt"], zip.Entries.Select(entry => entry.Name));
        using var notifier = RSA.Create();
        notifier.ImportFromPem(sent.RevocationKey); // revocations are signed with RSA-PSS
        Assert.Contains("\"subject\": \"CN=agent-0\"", sent.Metadata, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_an_agent_that_does_not_prove_the_payloads_key()
    {
        await _cluster.AddMachineAsync("agent-0");
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0", "--payload", _cluster.WriteFile("secret", "x"), "--verify");
        Assert.Equal(1, exitCode);
        Assert.Contains("ERROR: Failed key derivation for agent agent-0: 400 Bootstrap key not yet available.; it was stopped", error, StringComparison.Ordinal);
        Assert.Equal(["stop agent-0"], _cluster.Calls);
    }

    [Fact]
    public async Task Contacts_no_agent_in_the_push_model_but_checks_its_endorsement_key()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        await machine.DisposeAsync();
        Assert.Equal(0, (await _cluster.RunAsync("agent", "add", "agent-0", "--push-model")).ExitCode);
        _cluster.Registrations["agent-1"] = _cluster.Registrations["agent-0"] with { EkCert = null };
        Assert.Equal(1, (await _cluster.RunAsync("agent", "add", "agent-1", "--push-model")).ExitCode);
    }

    [Fact]
    public async Task Refuses_endorsement_keys_that_nobody_trusted_vouches_for()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        using var foreign = StandInCluster.NewAuthority("CN=Foreign");
        using var impostor = StandInCluster.NewAuthority("CN=Manufacturer");
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await AssertRefusedAsync(machine.Registration(null), "registered no EK certificate");
        await AssertRefusedAsync(machine.Registration(machine.IssueEkCertificate(foreign)), "its issuer is not in the store");
        await AssertRefusedAsync(machine.Registration(machine.IssueEkCertificate(impostor)), "its issuer did not sign it");
        await AssertRefusedAsync(machine.Registration(machine.IssueEkCertificate(_cluster.Manufacturer, otherKey)), "it is the certificate of another key");
        await AssertRefusedAsync(machine.Registration(null) with { EkCert = "AAAA" }, "the EK certificate is malformed");
        await AssertRefusedAsync(machine.Registration(null) with { EkCert = "emulator" }, "the EK certificate is malformed");
    }

    [Fact]
    public async Task Asks_a_script_where_one_is_configured()
    {
        await _cluster.AddMachineAsync("agent-0");
        _cluster.Configure("require_ek_cert", "false");
        var script = _cluster.WriteFile("check.sh", "#!/bin/sh\ntest \"$AGENT_UUID\" = agent-0 && test -n \"$EK\" && test -n \"$EK_TPM\" && exit $(cat verdict)\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _cluster.Configure("ek_check_script", "check.sh");
        _cluster.WriteFile("verdict", "3");
        Assert.Contains("refused the endorsement key (exit code 3)", (await _cluster.RunAsync("agent", "add", "agent-0")).Error, StringComparison.Ordinal);
        _cluster.WriteFile("verdict", "0");
        Assert.Equal(0, (await _cluster.RunAsync("agent", "add", "agent-0")).ExitCode);
    }

    [Fact]
    public async Task Refuses_machines_that_lie_about_who_they_are()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        var other = await _cluster.AddMachineAsync("agent-1");

        machine.Lie = answer => other.Quote("x");
        await AssertNotAcceptedAsync("the signature is not the attestation key's");
        machine.Lie = answer => answer with { Pubkey = other.PayloadPem };
        await AssertNotAcceptedAsync("PCR 16 does not bind its public key");
        machine.Lie = answer => answer with { Pubkey = null };
        await AssertNotAcceptedAsync("it has no public key");
        machine.Lie = answer => answer with { HashAlg = "sha1" };
        await AssertNotAcceptedAsync("hash algorithm sha1 is not accepted");
        machine.Lie = answer => answer with { HashAlg = "sha512" };
        await AssertNotAcceptedAsync("it is signed with another hash than sha512");
        machine.Lie = answer => answer with { SignAlg = "rsassa" };
        await AssertNotAcceptedAsync("signing algorithm rsassa is not accepted");
        machine.Lie = answer => answer with { Quote = "r::" };
        await AssertNotAcceptedAsync("TPMT_SIGNATURE is malformed");
        machine.Lie = answer => answer with { Quote = "rubbish" };
        await AssertNotAcceptedAsync("three parts");
        machine.Lie = answer => answer;
        machine.Pcr = 23;
        await AssertNotAcceptedAsync("it shows no PCR 16; perhaps the TPM has no sha256 bank");
        machine.Pcr = 16;
        machine.OldNonce = "abc";
        await AssertNotAcceptedAsync("it answers another nonce");
        Assert.Empty(_cluster.Agents);
    }

    [Fact]
    public async Task Speaks_to_the_registered_certificate_only()
    {
        await _cluster.AddMachineAsync("agent-0");
        var other = await _cluster.AddMachineAsync("agent-1");
        _cluster.Configure("max_retries", "0");
        _cluster.Registrations["agent-0"] = _cluster.Registrations["agent-0"] with { MtlsCert = _cluster.Registrations["agent-1"].MtlsCert };
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0");
        Assert.Equal(1, exitCode);
        Assert.Contains("Agent agent-0 gives no identity quote: 127.0.0.1:", error, StringComparison.Ordinal);
        Assert.Null(other.Delivered);
    }

    [Fact]
    public async Task Says_that_an_agent_exists()
    {
        await _cluster.AddMachineAsync("agent-0");
        Assert.Equal(0, (await _cluster.RunAsync("agent", "add", "agent-0")).ExitCode);
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0");
        Assert.Equal((1, "ERROR: Agent agent-0 cannot be added: Agent of uuid agent-0 already exists. Please use delete or update. Update or delete it first.\n"), (exitCode, error));
    }

    [Fact]
    public async Task Works_in_keylimes_spelling()
    {
        var machine = await _cluster.AddMachineAsync("agent-0");
        var (exitCode, _, error) = await _cluster.RunAsync("-c", "add", "-u", "agent-0", "-t", "127.0.0.1", "-tp", $"{machine.Port}", "-f", _cluster.WriteFile("secret", "x"), "--cv_targethost", "192.0.2.1", "-v", "127.0.0.1");
        Assert.EndsWith($" - keylime.tenant - INFO - Agent agent-0 added to Verifier (127.0.0.1:{_cluster.VerifierPort}) after 1 tries\n", error, StringComparison.Ordinal);
        Assert.Equal((0, "192.0.2.1"), (exitCode, _cluster.Agents["agent-0"].CloudagentIp));
        Assert.NotNull(machine.Delivered);

        error = (await _cluster.RunAsync("-c", "cvstatus", "-u", "agent-0")).Error;
        Assert.Contains($"Agent Info from Verifier (127.0.0.1:{_cluster.VerifierPort}):\n{{\"agent-0\": {{\"operational_state\": \"Get Quote\", ", error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cluster.RunAsync("-c", "status", "-u", "agent-0")).ExitCode);
        Assert.Equal(0, (await _cluster.RunAsync("-c", "reactivate", "-u", "agent-0")).ExitCode);
        Assert.Equal(["reactivate agent-0"], _cluster.Calls);
        Assert.Equal(0, (await _cluster.RunAsync("-c", "delete", "-u", "agent-0")).ExitCode);
        Assert.Contains("Agent agent-0 is already absent from the CV", (await _cluster.RunAsync("-c", "delete", "-u", "agent-0")).Error, StringComparison.Ordinal);
        Assert.Equal(1, (await _cluster.RunAsync("-c", "cvstatus", "-u", "agent-0")).ExitCode);
        Assert.Equal(0, (await _cluster.RunAsync("-c", "regdelete", "-u", "agent-0")).ExitCode);
        Assert.Equal(1, (await _cluster.RunAsync("-c", "regstatus", "-u", "agent-0")).ExitCode);
    }

    private async Task AssertRefusedAsync(RegistrarAgentResponse registration, string reason)
    {
        _cluster.Registrations["agent-0"] = registration;
        await AssertNotAcceptedAsync(reason);
    }

    private async Task AssertNotAcceptedAsync(string reason)
    {
        var (exitCode, _, error) = await _cluster.RunAsync("agent", "add", "agent-0");
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Empty(_cluster.Agents);
    }
}
