using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Attestation.Ima;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Tls;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Devices;

namespace Keylime.Agent.Tests;

/// <summary>An agent that serves: its own software TPM, the certificates of a cluster, a registrar, and a verifier's connections to it.</summary>
public abstract class AgentFixture(string encryption) : IAsyncLifetime
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private RegistrarStandIn? _registrar;
    private AgentConnections? _connections;
    private AgentProcess? _process;

    internal SoftwareTpm Tpm { get; private set; } = null!;
    internal RegistrarStandIn Registrar => _registrar!;
    internal string Folder => _folder.Path;
    internal string ImaList => _folder.At("ima");
    internal string Certificates => _folder.At("cv_ca");
    internal AgentId Id { get; } = AgentId.Parse("d432fbb3-d2f1-4a97-9ef7-75bd81c00000");
    internal int Port { get; } = TcpPorts.Free(1)[0];
    internal string Encryption => encryption;
    internal TpmDevice Device { get; private set; } = null!;

    /// <summary>What a verifier knows that saw an earlier boot of this TPM. A TPM whose power was cut says that its clock is unsafe, which only a boot excuses.</summary>
    internal static AppraisalState Before { get; } = AppraisalState.Initial with { Clock = new(0, 0, 0, Safe: true) };

    /// <summary>The last registration.</summary>
    internal RegisterAgentRequest Registered => Registrar.Registrations.Last().Request;

    /// <summary>The agent as a verifier reaches it: with the client certificate, knowing the agent by the certificate that it registered.</summary>
    internal AgentClient Agent { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (SoftwareTpm.SkipReason is not null) return;
        CertificateFolder.CreateMissing(Certificates, new CertificateFolderOptions(), TimeProvider.System);
        Tpm = await SoftwareTpm.StartAsync();
        Assert.True(TctiName.TryParse(Tpm.Tcti, out var name, out _));
        Device = new(TpmTransport.Create(name));
        await MeasureAsync("boot_aggregate");
        _registrar = await RegistrarStandIn.StartAsync();
        var identity = TlsIdentity.Read(Path.Combine(Certificates, "client-cert.crt"), Path.Combine(Certificates, "client-private.pem"), "");
        _connections = new(identity.Context, TimeSpan.FromMinutes(1));
        await StartAgentAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _connections?.Dispose();
        if (_registrar is not null) await _registrar.DisposeAsync();
        if (Tpm is not null) await Tpm.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Asks the agent to stop and starts it again in the same folder.</summary>
    internal async Task RestartAgentAsync()
    {
        Assert.Equal(0, await _process!.StopAsync());
        await _process.DisposeAsync();
        await StartAgentAsync();
    }

    /// <summary>Measures a file as a kernel does.</summary>
    internal async Task MeasureAsync(string path)
    {
        var entry = ImaNgEntry.Create(TpmAlgorithm.Sha256, RandomNumberGenerator.GetBytes(32), path);
        await File.AppendAllTextAsync(ImaList, entry.Line + "\n");
        await Device.ExtendPcrAsync(ImaNgEntry.Pcr, (await Device.ReadActiveBanksAsync()).ToDictionary(bank => bank, bank => (ReadOnlyMemory<byte>)entry.ComputeExtendDigest(bank)));
    }

    /// <summary>Judges the agent's answer as a verifier does.</summary>
    internal AttestationResult Appraise(QuoteResponse answer, string nonce, string mask, AppraisalState state, string? knownKey = null)
    {
        Assert.True(Evidence.TryRead(answer, out var evidence, out var failure), failure?.ToString());
        Assert.True(AppraisalPolicy.TryCreate(new AgentEnrollment
        {
            Id = Id,
            Shard = 0,
            VerifierId = "default",
            AkTpm = Convert.FromBase64String(Registered.AikTpm!),
            SupportedVersion = "2.6",
            MetaData = "{}",
            TpmPolicy = $$"""{"mask":"{{mask}}"}""",
            RuntimePolicyName = "",
            MeasuredBootPolicyName = "",
            AcceptHashAlgorithms = ["sha256"],
            AcceptEncryptionAlgorithms = ["rsa", "ecc"],
            AcceptSigningAlgorithms = ["rsassa", "ecdsa"],
        }, null, null, out var policy, out var fault), fault?.ToString());
        return Appraiser.Appraise(evidence, policy, state, System.Text.Encoding.ASCII.GetBytes(nonce), TimeProvider.System, knownKey);
    }

    /// <summary>A plain HTTP client with a certificate of one's choice, for what no proper peer sends.</summary>
    internal HttpClient CreateHttp(X509Certificate2? client) => new(new SocketsHttpHandler
    {
        // Whoever asks whether its body is wanted waits for the answer.
        Expect100ContinueTimeout = Timeout.InfiniteTimeSpan,
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client, null, offline: true),
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        },
    })
    { BaseAddress = new($"https://127.0.0.1:{Port}"), Timeout = s_timeout };

    internal X509Certificate2 ReadCertificate(string name) =>
        X509Certificate2.CreateFromPemFile(Path.Combine(Certificates, $"{name}-cert.crt"), Path.Combine(Certificates, $"{name}-private.pem"));

    private async Task StartAgentAsync()
    {
        _process = AgentProcess.Start(new Dictionary<string, string>
        {
            ["KEYLIME_DIR"] = Folder,
            ["TCTI"] = Tpm.Tcti,
            ["KEYLIME_AGENT_UUID"] = Id.Value,
            ["KEYLIME_AGENT_IP"] = "127.0.0.1",
            ["KEYLIME_AGENT_PORT"] = $"{Port}",
            ["KEYLIME_AGENT_CONTACT_PORT"] = $"{Port}",
            ["KEYLIME_AGENT_RUN_AS"] = "",
            ["KEYLIME_AGENT_REGISTRAR_IP"] = Registrar.Address,
            ["KEYLIME_AGENT_IMA_ML_PATH"] = ImaList,
            ["KEYLIME_AGENT_MEASUREDBOOT_ML_PATH"] = _folder.At("boot"),
            ["KEYLIME_AGENT_TPM_ENCRYPTION_ALG"] = encryption,
        });
        await _process.WaitUntilServingAsync(Port);
        Assert.True(CertificatePin.TryParse(Registered.MtlsCert, out var pin));
        Agent = _connections!.Agent("127.0.0.1", Port, pin, s_timeout);
    }
}
