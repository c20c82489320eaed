using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Cluster.Tests;

/// <summary>The small end, started once from the AppHost: verifier and registrar in one process, and machines.</summary>
public sealed class StandaloneFixture : IAsyncLifetime
{
    /// <summary>Name of the one process.</summary>
    public const string Process = "standalone";

    private HttpMessageInvoker? _http;
    private VerifierClient? _verifier;
    private DistributedApplication? _app;

    public DistributedApplication App { get => _app ?? throw new InvalidOperationException("It has not started"); private set => _app = value; }

    public async Task InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Keylime_AppHost>(["--agents", "2", "--single"], ClusterFixture.Patience);
        App = await builder.BuildAsync(ClusterFixture.Patience);
        await App.StartAsync(ClusterFixture.Patience);
        Assert.Equal(KnownResourceStates.Finished, await App.ResourceNotifications.WaitForResourceAsync("enrollment", KnownResourceStates.TerminalStates, ClusterFixture.Patience));
        _http = Connections.Open(App.Services.GetRequiredService<IConfiguration>()["Keylime:TlsDirectory"]!, "client");
        _verifier = new(_http, new AddressList(App.GetEndpoint(Process, "verifier")), TimeSpan.FromSeconds(30));
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
    }

    /// <summary>Waits until the verifier says of an agent what a test wants to hear.</summary>
    public Task<VerifierAgentResponse> WaitForAgentAsync(string id, Func<VerifierAgentResponse, bool> condition) => ClusterFixture.WaitForAgentAsync(_verifier!, id, condition);

    public async Task CommandAsync(string resource, string command)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(resource, command, ClusterFixture.Patience);
        Assert.True(result.Success, result.ErrorMessage);
    }

    /// <summary>Ends the process without a chance to write anything, and waits until the AppHost has seen it.</summary>
    public async Task KillAsync()
    {
        var state = await App.ResourceNotifications.WaitForResourceHealthyAsync(Process, ClusterFixture.Patience);
        using (var process = System.Diagnostics.Process.GetProcessById(Assert.IsType<int>(state.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value))) process.Kill();
        await App.ResourceNotifications.WaitForResourceAsync(Process, KnownResourceStates.TerminalStates, ClusterFixture.Patience);
    }
}
