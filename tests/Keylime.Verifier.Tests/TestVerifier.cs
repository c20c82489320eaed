using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;
using Keylime.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Keylime.Verifier.Tests;

/// <summary>The whole program in this process: real TLS, a real database, the real loop. Only its options are quick.</summary>
internal sealed class TestVerifier : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly KeylimeSettings _settings;

    private TestVerifier(WebApplication app, KeylimeSettings settings, TestLog log)
    {
        (_app, _settings, Log) = (app, settings, log);
        Address = new(app.Urls.Single());
        var handler = ClientTls.Load(settings).CreateHandler();
        // Whoever asks whether its body is wanted waits for the answer.
        handler.Expect100ContinueTimeout = Timeout.InfiniteTimeSpan;
        Admin = new(handler) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(4) };
    }

    public Uri Address { get; }
    /// <summary>What the verifier has logged.</summary>
    public TestLog Log { get; }
    public IServiceProvider Services => _app.Services;
    /// <summary>A client with an operator's certificate.</summary>
    public HttpClient Admin { get; }
    public X509Certificate2 Authority => X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(_settings.WorkDirectory, "cv_ca", "cacert.crt")));

    public static async Task<TestVerifier> StartAsync(TestSite site, params (string Option, string Value)[] options)
    {
        var environment = new Dictionary<string, string>
        {
            ["KEYLIME_DIR"] = site.Folder,
            ["KEYLIME_VERIFIER_PORT"] = "0",
            ["KEYLIME_VERIFIER_INSTANCE"] = "verifier-0",
            ["KEYLIME_VERIFIER_QUOTE_INTERVAL"] = "0.2",
            ["KEYLIME_VERIFIER_RETRY_INTERVAL"] = "0.1",
            ["KEYLIME_VERIFIER_FLUSH_PERIOD"] = "0.2",
            ["KEYLIME_VERIFIER_SHUTDOWN_DRAIN_TIMEOUT"] = "60",
        };
        foreach (var (option, value) in options) environment[$"KEYLIME_VERIFIER_{option.ToUpperInvariant()}"] = value;
        var settings = KeylimeSettings.Load("verifier", environment, "/nowhere");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["ConnectionStrings:verifier"] = site.Database;
        builder.Configuration["ConnectionStrings:redis"] = site.Redis;
        var app = VerifierHost.Compose(builder, settings);
        var log = new TestLog();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await app.StartAsync();
        return new(app, settings, log);
    }

    /// <summary>A client with another certificate, or with none.</summary>
    public HttpClient ClientOf(TlsIdentity? identity) =>
        new(new ClientTls(identity, CertificateTrust.In([Authority])).CreateHandler()) { BaseAddress = Address };

    /// <summary>A client with the gateway's certificate.</summary>
    public HttpClient Gateway() => new(ClientTls.Load(_settings, "gateway").CreateHandler()) { BaseAddress = Address };

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public Task<TestAgent> StartAgentAsync(string id) => TestAgent.StartAsync(id, Authority);

    public async Task AddAsync(TestAgent agent, string? runtimePolicy = null, params (string Member, object? Value)[] members)
    {
        var answer = await SendAsync(HttpMethod.Post, $"/v2.6/agents/{agent.Id}", AddRequest.For(agent, runtimePolicy, members));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.ToString());
    }

    public Task<TestAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<TestAnswer> SendAsync(HttpMethod method, string path, object? body) => SendAsync(Admin, method, path, body);

    public static async Task<TestAnswer> SendAsync(HttpClient client, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body as byte[] ?? Encoding.UTF8.GetBytes(body as string ?? JsonSerializer.Serialize(body)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            // A body that is refused unread ends the connection; sent meanwhile, it could take the answer with it.
            request.Headers.ExpectContinue = request.Content.Headers.ContentLength > 100_000;
        }
        using var response = await client.SendAsync(request);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Location?.ToString());
    }

    public async Task<VerifierAgentResponse> StatusAsync(string id)
    {
        return StatusOf(await GetAsync($"/v2.6/agents/{id}"));
    }

    private static VerifierAgentResponse StatusOf(TestAnswer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.ToString());
        return JsonSerializer.Deserialize(answer.Body, KeylimeJson.Default.EnvelopeVerifierAgentResponse)!.Results;
    }

    /// <summary>Waits until the agent's status is as wanted, and answers it. An outage of the database meanwhile is waited for as well.</summary>
    public async Task<VerifierAgentResponse> WaitAsync(string id, Func<VerifierAgentResponse, bool> isSo)
    {
        var answer = await Eventually.AsyncOf(() => GetAsync($"/v2.6/agents/{id}"), answer => answer.Status != HttpStatusCode.ServiceUnavailable && isSo(StatusOf(answer)));
        return StatusOf(answer);
    }

    public Task<VerifierAgentResponse> WaitAttestedAsync(string id) => WaitAsync(id, status => status is { TrustState: TrustState.Attested });

    public Task<VerifierAgentResponse> WaitFailedAsync(string id) => WaitAsync(id, status => status is { TrustState: TrustState.Failed });
}

internal sealed record TestAnswer(HttpStatusCode Status, string Body, string? Location)
{
    public JsonElement Results => Read("results");

    public string Message => Read("status").GetString()!;

    public override string ToString() => $"{(int)Status} {Body}";

    private JsonElement Read(string member) => JsonDocument.Parse(Body).RootElement.GetProperty(member);
}
