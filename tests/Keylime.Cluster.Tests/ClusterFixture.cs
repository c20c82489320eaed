using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Keylime.Client;
using Keylime.Cluster.Tests.Faults;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Cluster.Tests;

/// <summary>A whole cluster, started once from the AppHost: its own folders and ports, so that it runs beside a developer's. Tests share it: each leaves it as
/// it found it, everything running and every agent attested.</summary>
public class ClusterFixture : IAsyncLifetime
{
    internal static readonly string[] Agents = ["agent-0", "agent-1", "agent-2"];
    private static readonly string[] Verifiers = ["verifier-0", "verifier-1"];

    private readonly Dictionary<string, StoreLinks> _links = [];
    private HttpMessageInvoker? _http;
    private DistributedApplication? _app;

    /// <summary>More than a slow and busy machine needs: reached only by a test that fails.</summary>
    public static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(4)).Token;

    public DistributedApplication App { get => _app ?? throw NotStarted; private set => _app = value; }

    /// <summary>The folder with the cluster's certificates.</summary>
    public string TlsDirectory { get => field ?? throw NotStarted; private set; }

    /// <summary>The verifiers as a tenant sees them: through the gateway, with the cluster's client certificate.</summary>
    public VerifierClient Verifier { get => field ?? throw NotStarted; private set; }

    private static InvalidOperationException NotStarted => new("The cluster has not started");

    public async Task InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Keylime_AppHost>(Size, Patience);
        Adapt(builder);
        App = await builder.BuildAsync(Patience);
        await App.StartAsync(Patience);
        await WaitForJobAsync("certificates");
        TlsDirectory = App.Services.GetRequiredService<IConfiguration>()["Keylime:TlsDirectory"]!;
        await App.ResourceNotifications.WaitForResourceHealthyAsync("gateway", Patience);
        _http = Connections.Open(TlsDirectory, "client");
        Verifier = Ask(App.GetEndpoint("gateway", "verifier"));
        await WaitForJobAsync("enrollment");
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        foreach (var links in _links.Values) await links.DisposeAsync();
    }

    /// <summary>The AppHost's options.</summary>
    private protected virtual string[] Size => ["--agents", "3", "--verifiers", "2", "--registrars", "2"];

    /// <summary>What is not as Program.cs composes it.</summary>
    private protected virtual void Adapt(IDistributedApplicationTestingBuilder builder)
    {
        foreach (var verifier in Verifiers) _links[verifier] = StoreLinks.Insert(builder, verifier, PortOf);
        BePatient(builder, Agents, Verifiers);
        // Their logs tell which quotes they have given, whoever can be asked.
        foreach (var agent in Agents) builder.CreateResourceBuilder<ProjectResource>(agent).WithEnvironment("Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics", "Information");
    }

    /// <summary>By default a verifier gives an agent up that is silent for a minute, and an agent waits for minutes before it registers again, and ends: a
    /// busy machine needs longer than the one for a restart, and no test wants to wait for the other.</summary>
    private protected static void BePatient(IDistributedApplicationTestingBuilder builder, IEnumerable<string> agents, IEnumerable<string> verifiers)
    {
        foreach (var verifier in verifiers)
            builder.CreateResourceBuilder<ProjectResource>(verifier).WithEnvironment("KEYLIME_VERIFIER_EXPONENTIAL_BACKOFF", "False").WithEnvironment("KEYLIME_VERIFIER_MAX_RETRIES", "1000");
        foreach (var agent in agents)
            builder.CreateResourceBuilder<ProjectResource>(agent)
                .WithEnvironment("KEYLIME_AGENT_EXPONENTIAL_BACKOFF_INITIAL_DELAY", "1000")
                .WithEnvironment("KEYLIME_AGENT_EXPONENTIAL_BACKOFF_MAX_DELAY", "5000")
                .WithEnvironment("KEYLIME_AGENT_EXPONENTIAL_BACKOFF_MAX_RETRIES", "1000");
    }

    /// <summary>Any of some verifiers, or gateways before them, as a tenant asks them. Whoever waits for something asks again; whoever asks once is patient.</summary>
    internal VerifierClient Ask(params Uri[] addresses) => Ask(TimeSpan.FromSeconds(10), addresses);

    /// <summary>The gateway, asked by somebody who wants its answer however long it takes.</summary>
    internal VerifierClient PatientVerifier => Ask(TimeSpan.FromMinutes(4), App.GetEndpoint("gateway", "verifier"));

    internal VerifierClient Ask(TimeSpan patience, params Uri[] addresses) => new(_http ?? throw NotStarted, new AddressList(addresses, "", TimeProvider.System), patience);

    /// <summary>The ways from a verifier to its stores.</summary>
    internal StoreLinks Links(string verifier) => _links[verifier];

    internal Task<VerifierAgentResponse> WaitForAgentAsync(string id, Func<VerifierAgentResponse, bool> condition) => WaitForAgentAsync(Verifier, id, condition);

    /// <summary>Waits until the verifiers say of an agent what a test wants to hear.</summary>
    internal static async Task<VerifierAgentResponse> WaitForAgentAsync(VerifierClient verifier, string id, Func<VerifierAgentResponse, bool> condition)
    {
        var patience = Patience;
        while (true)
        {
            var answer = await verifier.FindAgentAsync(AgentId.Parse(id), CancellationToken.None);
            if (answer.IsGood && condition(answer.Value))
                return answer.Value;
            if (patience.IsCancellationRequested) throw new TimeoutException($"{id} did not become what was waited for: {answer} {JsonSerializer.Serialize(answer.Value)}");
            await Task.Delay(200);
        }
    }

    /// <summary>Waits until every agent is attested, and after that at least so many times more.</summary>
    internal Task WaitForAttestationsAsync(int more) => WaitForAttestationsAsync(Verifier, more);

    internal static Task WaitForAttestationsAsync(VerifierClient verifier, int more) => Task.WhenAll(Agents.Select(async id =>
    {
        var now = await WaitForAgentAsync(verifier, id, agent => agent.TrustState == TrustState.Attested);
        await WaitForAgentAsync(verifier, id, agent => agent.TrustState == TrustState.Attested && agent.AttestationCount >= now.AttestationCount + more);
    }));

    /// <summary>Undoes what <see cref="Machine.TamperAsync"/> did, as in the README's tour: original files, a fresh power-on, and an operator's word.</summary>
    internal async Task RestoreAsync(string agent)
    {
        await CommandAsync(agent, "reboot");
        var reactivated = await PatientVerifier.ReactivateAgentAsync(AgentId.Parse(agent), Patience);
        Assert.True(reactivated.IsGood, reactivated.ToString());
        await WaitForAgentAsync(agent, restored => restored.TrustState == TrustState.Attested);
    }

    internal async Task CommandAsync(string resource, string command)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(resource, command, Patience);
        Assert.True(result.Success, result.ErrorMessage);
    }

    internal Task WaitForHealthAsync(string resource) => App.ResourceNotifications.WaitForResourceHealthyAsync(resource, Patience);

    internal async Task StartAsync(string resource)
    {
        await CommandAsync(resource, KnownResourceCommands.StartCommand);
        await WaitForHealthAsync(resource);
    }

    internal async Task KillAsync(string resource)
    {
        await SignalAsync(resource, Signal.Kill);
        await App.ResourceNotifications.WaitForResourceAsync(resource, KnownResourceStates.Exited, Patience);
    }

    internal async Task SignalAsync(string resource, Signal signal) => Signals.Send(await ProcessIdAsync(resource), signal);

    /// <summary>Stops a server with all its processes, and lets them go on afterwards.</summary>
    internal async Task FreezeAsync(string resource, Func<Task> meanwhile)
    {
        var server = await ProcessIdAsync(resource);
        // The parent first: it starts no others then.
        Signals.Send(server, Signal.Stop);
        await Signals.WaitUntilStoppedAsync(server, Patience);
        var children = Signals.ChildrenOf(server);
        try
        {
            foreach (var child in children) Signals.Send(child, Signal.Stop);
            await meanwhile();
        }
        finally
        {
            foreach (var child in children) Signals.Send(child, Signal.Continue);
            Signals.Send(server, Signal.Continue);
        }
    }

    internal ResourceLog Log(string resource) => new(Path.Combine(RunDirectory, "state", "logs", $"{resource}.log"));

    internal Machine Machine(string agent) => new(Path.Combine(RunDirectory, agent));

    private async Task<int> ProcessIdAsync(string resource)
    {
        var state = await App.ResourceNotifications.WaitForResourceAsync(resource, next => next.Snapshot.State?.Text == KnownResourceStates.Running, Patience);
        return Assert.IsType<int>(state.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value);
    }

    private string RunDirectory => Path.GetFullPath(Path.Combine(TlsDirectory, "..", ".."));

    private int PortOf(string resource) => App.GetEndpoint(resource, "tcp").Port;

    private async Task WaitForJobAsync(string name)
    {
        var state = await App.ResourceNotifications.WaitForResourceAsync(name, KnownResourceStates.TerminalStates, Patience);
        Assert.Equal(KnownResourceStates.Finished, state);
    }
}

[CollectionDefinition(Name)]
[SuppressMessage("Naming", "CA1711", Justification = "xunit's own word.")]
public sealed class ClusterCollection : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
