using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Keylime.Gateway.Backends;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;
using Keylime.Sharding;
using Keylime.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Gateway.Tests;

/// <summary>A gateway before real back ends, all with real TLS, on free ports.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>More than a busy machine needs: reached only by a test that fails.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly int[] _ports = TcpPorts.Free(12);
    private readonly List<HttpClient> _clients = [];
    private WebApplication? _gateway;

    private TestCluster()
    {
        var server = new ServerTls(Certificates.Server, Certificates.Trust, ClientCertificates.Optional);
        Verifiers = [.. Enumerable.Range(0, 3).Select(i => new TestBackend($"verifier-{i}", _ports[i], server))];
        Registrars = [.. Enumerable.Range(0, 2).Select(i => new TestBackend($"registrar-{i}", _ports[3 + i], server))];
        PlainRegistrars = [.. Enumerable.Range(0, 2).Select(i => new TestBackend($"registrar-{i}", _ports[5 + i], null))];
    }

    public Certificates Certificates { get; } = new();
    public IReadOnlyList<TestBackend> Verifiers { get; }
    public IReadOnlyList<TestBackend> Registrars { get; }
    public IReadOnlyList<TestBackend> PlainRegistrars { get; }
    public int VerifierPort => _ports[7];
    public int RegistrarPort => _ports[8];
    public int RegistrarTlsPort => _ports[9];
    public Uri Management => new($"http://127.0.0.1:{_ports[10]}");

    /// <summary>A verifier that the gateway has not been told of; not started.</summary>
    public TestBackend NewVerifier(string instance, TlsIdentity? identity = null) =>
        new(instance, _ports[11], new(identity ?? Certificates.Server, Certificates.Trust, ClientCertificates.Optional));

    public IEnumerable<TestBackend> Backends => [.. Verifiers, .. Registrars, .. PlainRegistrars];

    /// <summary>Starts everything and waits until the gateway is ready and has heard every back end. Options are the gateway's, without prefix; <c>redis</c> is a connection string.</summary>
    public static async Task<TestCluster> StartAsync(params (string Option, string Value)[] options)
    {
        var cluster = new TestCluster();
        foreach (var backend in cluster.Backends) await backend.StartAsync();
        await cluster.StartGatewayAsync(options);
        await UntilAsync(async () => (await cluster.Anonymous.GetAsync(new Uri(cluster.Management, "/health"))).IsSuccessStatusCode
            && cluster.Pools.All(pool => pool.LiveCount == pool.Backends.Count));
        return cluster;
    }

    /// <summary>A gateway before back ends of which none has been started.</summary>
    public static async Task<TestCluster> StartWithoutBackendsAsync(params (string Option, string Value)[] options)
    {
        var cluster = new TestCluster();
        await cluster.StartGatewayAsync(options);
        return cluster;
    }

    /// <summary>Scope of the gateway's meters.</summary>
    public IMeterFactory Meters => _gateway!.Services.GetRequiredService<IMeterFactory>();

    public IReadOnlyList<BackendPool> Pools => _gateway!.Services.GetRequiredService<IReadOnlyList<BackendPool>>();

    public HttpClient Anonymous => As(null);

    public HttpClient Admin => As(Certificates.Client);

    public HttpClient As(TlsIdentity? identity)
    {
        var client = NewClient(identity);
        _clients.Add(client);
        return client;
    }

    private HttpClient NewClient(TlsIdentity? identity)
    {
        var handler = new ClientTls(identity, Certificates.Trust).CreateHandler();
        // Whoever asks whether its body is wanted waits for the answer.
        handler.Expect100ContinueTimeout = Timeout.InfiniteTimeSpan;
        return new(handler) { Timeout = Patience };
    }

    public Uri Verifier(string path) => Target($"https://127.0.0.1:{VerifierPort}", path);

    public Uri Registrar(string path) => Target($"http://127.0.0.1:{RegistrarPort}", path);

    public Uri RegistrarTls(string path) => Target($"https://127.0.0.1:{RegistrarTlsPort}", path);

    /// <summary>Name of the back end that answers.</summary>
    public async Task<string> InstanceAsync(Uri uri, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, uri);
        using var response = await Anonymous.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await Json(response))["instance"]!.GetValue<string>();
    }

    public static async Task AssertEnvelopeAsync(HttpResponseMessage response, HttpStatusCode status, string message)
    {
        Assert.Equal(status, response.StatusCode);
        var envelope = await Json(response);
        Assert.Equal(((int)status, message, "{}"), (envelope["code"]!.GetValue<int>(), envelope["status"]!.GetValue<string>(), envelope["results"]!.ToJsonString()));
    }

    public static async Task<JsonNode> Json(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    /// <summary>Whether requests about agents go to those who own them when these verifiers divide the shards.</summary>
    public async Task<bool> IsRoutedAsync(params string[] verifiers)
    {
        using var client = NewClient(null);
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.GetAsync(Verifier($"/v2.6/agents/agent-{i}"));
            if (!response.IsSuccessStatusCode || (await Json(response))["instance"]!.GetValue<string>() != OwnerOf($"agent-{i}", verifiers)) return false;
        }
        return true;
    }

    /// <summary>The owner of an agent when these verifiers divide the shards.</summary>
    public static string OwnerOf(string agent, params string[] verifiers) =>
        Assignment.Compute(ShardMap.DefaultCount, verifiers.Select(name => new Member(name, "any:1"))).OwnerOf(new ShardMap(ShardMap.DefaultCount).ShardOf(agent))!.Instance;

    /// <summary>An agent whose owner is a given one of the three verifiers.</summary>
    public static string AgentOf(string verifier) => Enumerable.Range(0, 1000).Select(i => $"agent-{i}")
        .First(agent => OwnerOf(agent, "verifier-0", "verifier-1", "verifier-2") == verifier);

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(20, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        if (_gateway is not null)
        {
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await _gateway.StopAsync(now.Token);
            await _gateway.DisposeAsync();
        }
        foreach (var backend in Backends) await backend.DisposeAsync();
        Certificates.Dispose();
    }

    private async Task StartGatewayAsync((string Option, string Value)[] options)
    {
        var environment = new Dictionary<string, string>
        {
            ["KEYLIME_DIR"] = Certificates.WorkDirectory,
            ["KEYLIME_MANAGEMENT_PORT"] = $"{Management.Port}",
            ["KEYLIME_GATEWAY_VERIFIER_PORT"] = $"{VerifierPort}",
            ["KEYLIME_GATEWAY_REGISTRAR_PORT"] = $"{RegistrarPort}",
            ["KEYLIME_GATEWAY_REGISTRAR_TLS_PORT"] = $"{RegistrarTlsPort}",
            ["KEYLIME_GATEWAY_HEALTH_CHECK_INTERVAL"] = "0.2",
            // A busy machine must not make the gateway take a good back end for a hung one: who is away refuses at once.
            ["KEYLIME_GATEWAY_HEALTH_CHECK_TIMEOUT"] = "240",
        };
        var configuration = new Dictionary<string, string?>();
        foreach (var (option, value) in options)
            if (option == "redis") configuration["ConnectionStrings:redis"] = value;
            else environment[$"KEYLIME_GATEWAY_{option.ToUpperInvariant()}"] = value;
        // The two ways to name back ends: discovery variables for verifiers, lists for registrars.
        if (!configuration.ContainsKey("ConnectionStrings:redis"))
            foreach (var verifier in Verifiers) configuration[$"services:{verifier.Instance}:mtls:0"] = $"https://127.0.0.1:{verifier.Port}";
        environment["KEYLIME_GATEWAY_REGISTRARS"] = string.Join(", ", Registrars.Select((registrar, i) => $"127.0.0.1:{registrar.Port}@zone-{i}"));
        environment["KEYLIME_GATEWAY_REGISTRARS_PLAIN"] = string.Join(", ", PlainRegistrars.Select((registrar, i) => $"127.0.0.1:{registrar.Port}@zone-{i}"));

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddServiceDefaults(KeylimeSettings.Load("gateway", environment, "/nowhere"));
        _gateway = GatewayApplication.Compose(builder);
        await _gateway.StartAsync();
    }

    // As written: the tests' paths are not always those that Uri would make of them.
    private static Uri Target(string origin, string path) => new(origin + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
