using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;
using Keylime.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Registrar.Tests;

/// <summary>A registrar on free ports, with real TLS and a PostgreSQL database of its own.</summary>
public sealed class RegistrarService : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-registrar-");
    private WebApplication? _app;

    public Uri Plain => new(_app!.Urls.Single(url => url.StartsWith("http://", StringComparison.Ordinal)));
    public Uri Tls => new(_app!.Urls.Single(url => url.StartsWith("https://", StringComparison.Ordinal)));

    /// <summary>Folder of the authorities for device identities.</summary>
    public string CertStore => Path.Combine(_folder.FullName, "tpm_cert_store");

    public IEnumerable<RouteEndpoint> Endpoints => _app!.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public Task InitializeAsync() => StartAsync();

    public async Task StartAsync(string? connectionString = null, params (string Name, string Value)[] options)
    {
        var environment = new Dictionary<string, string>
        {
            ["KEYLIME_DIR"] = _folder.FullName,
            ["KEYLIME_TENANT_TPM_CERT_STORE"] = CertStore,
            ["KEYLIME_REGISTRAR_PORT"] = "0",
            ["KEYLIME_REGISTRAR_TLS_PORT"] = "0",
        };
        foreach (var (name, value) in options) environment[name] = value;
        Directory.CreateDirectory(CertStore);
        CertificateFolder.CreateMissing(TlsFolder, new(), TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["ConnectionStrings:registrar"] = connectionString ?? await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        _app = RegistrarHost.Compose(builder, KeylimeSettings.Load("registrar", environment, "/nowhere"));
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private string TlsFolder => Path.Combine(_folder.FullName, "cv_ca");

    /// <summary>A client of the plain port.</summary>
    public HttpClient Anonymous() => new(new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan }) { BaseAddress = Plain };

    /// <summary>A client of the TLS port without a certificate.</summary>
    public HttpClient AnonymousTls() => Client(null);

    /// <summary>An operator.</summary>
    public HttpClient Admin() =>
        Client(X509Certificate2.CreateFromPemFile(Path.Combine(TlsFolder, "client-cert.crt"), Path.Combine(TlsFolder, "client-private.pem")));

    /// <summary>Somebody with a certificate of another authority.</summary>
    public HttpClient Foreign()
    {
        var folder = Path.Combine(_folder.FullName, "foreign");
        CertificateFolder.CreateMissing(folder, new(), TimeProvider.System);
        return Client(X509Certificate2.CreateFromPemFile(Path.Combine(folder, "client-cert.crt"), Path.Combine(folder, "client-private.pem")));
    }

    private HttpClient Client(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(Path.Combine(TlsFolder, CertificateFolder.AuthorityCertificate));
        // Not ClientCertificates: with that list the platform leaves out a certificate whose issuer the server does not name.
        if (certificate is not null) handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        return new(handler) { BaseAddress = Tls };
    }
}

internal static class Requests
{
    public static async Task<(HttpStatusCode Status, JsonNode Body)> SendJsonAsync(this HttpClient client, HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await client.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
