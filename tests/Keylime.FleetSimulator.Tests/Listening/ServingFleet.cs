using System.Net;
using Keylime.Client;
using Keylime.FleetSimulator.Machines;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.FleetSimulator.Tests.Listening;

/// <summary>A fleet that serves on a free port and is registered nowhere, and an operator's connections to it.</summary>
public sealed class ServingFleet : IAsyncLifetime
{
    private static int s_networks;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-fleet-");
    private readonly IPAddress _first = IPAddress.Parse($"127.91.{Interlocked.Increment(ref s_networks)}.1");
    private AgentConnections _operator = null!;

    internal Fleet Fleet { get; private set; } = null!;

    internal CertificateTrust Authority => CertificateTrust.In(CertificateFiles.ReadCertificates(Path.Combine(_folder.FullName, "cacert.crt")));

    public async Task InitializeAsync()
    {
        CertificateFolder.CreateMissing(_folder.FullName, new(), TimeProvider.System);
        Fleet = await Fleet.StartAsync(Options(3), TimeProvider.System, CancellationToken.None);
        _operator = new(IdentityIn(_folder.FullName).Context, TimeSpan.FromMinutes(1));
    }

    public async Task DisposeAsync()
    {
        _operator.Dispose();
        await Fleet.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    internal FleetOptions Options(int agents)
    {
        var seed = new FleetSeed("serving");
        return new()
        {
            Registrars = [],
            Verifiers = [],
            TlsFolder = _folder.FullName,
            Ids = [.. Enumerable.Range(0, agents).Select(seed.IdOf)],
            Seed = seed,
            FirstAddress = _first,
            Port = 0,
            Interval = TimeSpan.FromSeconds(2),
            Keys = KeyKind.Ecdsa,
            BootLog = false,
            ImaEntries = 5,
            ImaRate = 0,
            Slowness = TimeSpan.FromSeconds(30),
            Keep = false,
        };
    }

    /// <summary>An agent as the operator reaches it, under the certificate of another one if so wished.</summary>
    internal AgentClient Client(int agent, int? pinned = null, AgentConnections? connections = null)
    {
        var known = Fleet.Agents.All[pinned ?? agent];
        return (connections ?? _operator).Agent(Fleet.Agents.All[agent].Address.ToString(), Fleet.Port, CertificatePin.Of(known.Certificate), TimeSpan.FromMinutes(4));
    }

    /// <summary>Somebody with a certificate of another authority.</summary>
    internal AgentConnections Foreigner()
    {
        var folder = Path.Combine(_folder.FullName, "foreign");
        CertificateFolder.CreateMissing(folder, new(), TimeProvider.System);
        return new(IdentityIn(folder).Context, TimeSpan.FromMinutes(1));
    }

    /// <summary>The operator's plain HTTPS, for what no client of ours would send.</summary>
    internal async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        // Whoever asks whether its body is wanted waits for the answer.
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan };
        var identity = IdentityIn(_folder.FullName);
        handler.SslOptions.ClientCertificateContext = identity.Context;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == Fleet.Agents.All[0].Certificate.GetCertHashString();
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(method, new Uri($"https://{Fleet.Agents.All[0].Address}:{Fleet.Port}{path}"));
        if (body is not null) request.Content = new StringContent(body);
        // A body that is not wanted is not sent: a refusal must not race with its bytes.
        request.Headers.ExpectContinue = body is not null;
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static TlsIdentity IdentityIn(string folder) => TlsIdentity.Read(Path.Combine(folder, "client-cert.crt"), Path.Combine(folder, "client-private.pem"), "");
}
