using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tenant.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keylime.Tenant.Tests;

/// <summary>A registrar and a verifier that remember, over the real TLS and HTTP rules, and the tenant's configuration for them.</summary>
internal sealed class StandInCluster : IAsyncDisposable
{
    private readonly string _work = Directory.CreateTempSubdirectory("keylime-tenant-").FullName;
    private readonly Dictionary<string, string> _environment;
    private readonly List<SoftwareMachine> _machines = [];
    private WebApplication _registrar = null!;
    private WebApplication _verifier = null!;

    private StandInCluster()
    {
        CertificateFolder.CreateMissing(Path.Combine(_work, "cv_ca"), new(), TimeProvider.System);
        Directory.CreateDirectory(Path.Combine(_work, "tpm_cert_store"));
        Manufacturer = NewAuthority("CN=Manufacturer");
        File.WriteAllText(Path.Combine(_work, "tpm_cert_store", "manufacturer.pem"), Manufacturer.ExportCertificatePem());
        _environment = new() { ["KEYLIME_DIR"] = _work, ["KEYLIME_TENANT_RETRY_INTERVAL"] = "0", ["KEYLIME_TENANT_ACCEPT_TPM_SIGNING_ALGS"] = "ecdsa" };
    }

    /// <summary>An authority that the tenant's store trusts.</summary>
    public X509Certificate2 Manufacturer { get; }

    public ConcurrentDictionary<string, RegistrarAgentResponse> Registrations { get; } = new();

    /// <summary>Agents as they were added.</summary>
    public ConcurrentDictionary<string, AddAgentRequest> Agents { get; } = new();

    public ConcurrentDictionary<string, VerifierAgentResponse> States { get; } = new();

    /// <summary>What the verifier says of agents that are added from now on; null: nothing, as Keylime's.</summary>
    public IReadOnlyList<string>? JudgedOfAdded { get; set; }

    public ConcurrentDictionary<string, RuntimePolicyRequest> RuntimePolicies { get; } = new();

    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Set, it is the port of the verifier that states name.</summary>
    public int VerifierPort => new Uri(_verifier.Urls.Single()).Port;

    public int RegistrarPort => new Uri(_registrar.Urls.Single()).Port;

    public static X509Certificate2 NewAuthority(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    public static async Task<StandInCluster> StartAsync()
    {
        var cluster = new StandInCluster();
        cluster._registrar = await cluster.StartAsync("registrar", cluster.MapRegistrar);
        cluster._verifier = await cluster.StartAsync("verifier", cluster.MapVerifier);
        return cluster;
    }

    public void Configure(string option, string value) => _environment[$"KEYLIME_TENANT_{option.ToUpperInvariant()}"] = value;

    public string WriteFile(string name, string text)
    {
        var path = Path.Combine(_work, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Starts a machine and registers it with a good EK certificate.</summary>
    public async Task<SoftwareMachine> AddMachineAsync(string id)
    {
        var clients = CertificateTrust.In(CertificateFiles.ReadCertificates(Path.Combine(_work, "cv_ca", "cacert.crt")));
        var machine = await SoftwareMachine.StartAsync(id, clients);
        _machines.Add(machine);
        using var certificate = machine.IssueEkCertificate(Manufacturer);
        Registrations[id] = machine.Registration(certificate);
        return machine;
    }

    /// <summary>Runs the tenant.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        _environment["KEYLIME_TENANT_REGISTRAR_PORT"] = $"{RegistrarPort}";
        _environment["KEYLIME_TENANT_VERIFIER_PORT"] = $"{VerifierPort}";
        var exitCode = await TenantCommandLine.RunAsync(arguments, new(output, TextWriter.Synchronized(error), () => KeylimeSettings.Load("tenant", _environment, "/nowhere")), default);
        return (exitCode, output.ToString(), error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines) await machine.DisposeAsync();
        await _registrar.DisposeAsync();
        await _verifier.DisposeAsync();
        Manufacturer.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    private async Task<WebApplication> StartAsync(string component, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults(KeylimeSettings.Load(component, new Dictionary<string, string> { ["KEYLIME_DIR"] = _work }, "/nowhere"));
        builder.Logging.ClearProviders();
        builder.ListenTls(IPAddress.Loopback, 0, ServerTls.Load(builder.GetKeylimeSettings()));
        var app = builder.Build();
        app.UseKeylimeHttp();
        app.MapGet("/version", () => Answers.Ok(new ServerVersionResponse("2.6", ["2.1", "2.6", "3.0"]))).AllowEveryone();
        map(app);
        await app.StartAsync();
        return app;
    }

    private void MapRegistrar(WebApplication app)
    {
        app.MapGet("/v2/agents", () => Answers.Ok(new RegistrarAgentListResponse([.. Registrations.Keys.Order(StringComparer.Ordinal)]))).RequireAdmin();
        app.MapGet("/v2/agents/{id}", (string id) => Registrations.TryGetValue(id, out var found) ? Answers.Ok(found) : Answers.Error(404, "not found")).RequireAdmin();
        app.MapDelete("/v2/agents/{id}", (string id) => Registrations.TryRemove(id, out _) ? Answers.Ok() : Answers.Error(404, "not found")).RequireAdmin();
    }

    private void MapVerifier(WebApplication app)
    {
        app.MapGet("/v2/agents", (string? bulk) => bulk is null
            ? Answers.Ok(new VerifierAgentListResponse([.. States.Keys.Order(StringComparer.Ordinal).Select(id => new[] { id })]))
            : Answers.Ok(States.ToDictionary())).RequireAdmin();
        app.MapGet("/v2/agents/{id}", (string id) => States.TryGetValue(id, out var found) ? Answers.Ok(found) : Answers.Error(404, "agent id not found")).RequireAdmin();
        app.MapPost("/v2/agents/{id}", AddAsync).RequireAdmin();
        app.MapDelete("/v2/agents/{id}", (string id) => States.TryRemove(id, out _) ? Answers.Ok() : Answers.Error(404, "agent id not found")).RequireAdmin();
        app.MapPut("/v2/agents/{id}/{action}", (string id, string action) =>
        {
            Calls.Enqueue($"{action} {id}");
            return Answers.Ok();
        }).RequireAdmin();
        app.MapGet("/v2/allowlists", () => Answers.Ok(new RuntimePolicyListResponse([.. RuntimePolicies.Keys]))).RequireAdmin();
        app.MapPost("/v2/allowlists/{name}", AddPolicyAsync).RequireAdmin();
        app.MapGet("/v2/allowlists/{name}", (string name) => RuntimePolicies.TryGetValue(name, out var found)
            ? Answers.Ok(new RuntimePolicyResponse(name, null, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(found.RuntimePolicy!))))
            : Answers.Error(404, $"Runtime policy {name} not found")).RequireAdmin();
        app.MapDelete("/v2/allowlists/{name}", (string name) => RuntimePolicies.TryRemove(name, out _) ? Answers.NoContent() : Answers.Error(404, $"Runtime policy {name} not found")).RequireAdmin();
    }

    private async Task<IResult> AddAsync(string id, HttpContext context)
    {
        var reading = await JsonBody.ReadAsync(context, KeylimeJson.Default.AddAgentRequest, 1 << 24);
        if (!reading.IsGood) return reading.Refusal;
        if (!Agents.TryAdd(id, reading.Body.Value)) return Answers.Error(409, $"Agent of uuid {id} already exists. Please use delete or update.");
        States[id] = new() { OperationalState = 3, AttestationCount = 1, TrustState = TrustState.Attested, VerifierIp = "127.0.0.1", VerifierPort = VerifierPort, Ip = "127.0.0.1", Port = 9002, Owner = "verifier-0", Judged = JudgedOfAdded };
        return Answers.Ok();
    }

    private async Task<IResult> AddPolicyAsync(string name, HttpContext context)
    {
        var reading = await JsonBody.ReadAsync(context, KeylimeJson.Default.RuntimePolicyRequest, 1 << 24);
        if (!reading.IsGood) return reading.Refusal;
        return RuntimePolicies.TryAdd(name, reading.Body.Value) ? Answers.Created() : Answers.Error(409, $"Runtime policy with name {name} already exists");
    }
}
