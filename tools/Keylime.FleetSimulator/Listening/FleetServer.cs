using System.Net;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Statistics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.FleetSimulator.Listening;

/// <summary>The HTTPS server of all agents: Kestrel with one delegate, without routing, logging or anything else that would be paid for with each quote.</summary>
internal sealed class FleetServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FleetServer(WebApplication app) => _app = app;

    /// <summary>The agents' port: the one that was asked for, or a free one for 0.</summary>
    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<FleetServer> StartAsync(AgentPopulation agents, FleetStatistics statistics, FaultLog faults, int port, TimeProvider time, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(agents).AddSingleton(faults).AddLogging();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AgentRequests.MaxBodyBytes;
            // A verifier that asks every ten minutes keeps its connections.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
            kestrel.Listen(IPAddress.Any, port, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = handshake => ValueTask.FromResult(handshake.Connection.Features.GetRequiredFeature<SimulatedAgent>().Tls),
                    HandshakeTimeout = TimeSpan.FromSeconds(30),
                });
            });
        });
        // After Kestrel's own, and so before it.
        builder.Services.AddSingleton<IConnectionListenerFactory, FleetListenerFactory>();
        var app = builder.Build();
        app.Run(new AgentRequests(statistics, faults, time).AnswerAsync);
        await app.StartAsync(ct);
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        // Nothing is worth waiting for: peers find a fleet that is gone, as they find machines that were switched off.
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
