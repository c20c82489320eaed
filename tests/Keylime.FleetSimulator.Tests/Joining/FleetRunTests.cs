using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Keylime.FleetSimulator.CommandLine;
using Keylime.FleetSimulator.Control;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Testing;

namespace Keylime.FleetSimulator.Tests.Joining;

/// <summary>Whole runs against a real registrar and a real verifier.</summary>
public sealed class FleetRunTests(KeylimeServers servers) : IClassFixture<KeylimeServers>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData("--key ecdsa --boot-log", "127.92.1.1")]
    [InlineData("--key rsa", "127.92.2.1")]
    public async Task A_fleet_registers_is_attested_and_takes_its_leave(string options, string firstAddress)
    {
        await using var run = Run.Start(servers, firstAddress, [.. options.Split(' '), "--agents", "3", "--seed", $"leave {options}", "--ima-rate", "5"]);
        Assert.Equal(3, (await run.WaitAsync<ReadyEvent>()).Agents);
        await run.WaitAsync<TickEvent>(tick => tick.Waiting == 0 && tick.GapSeconds.Max is not null && tick.Failed == 0);
        foreach (var id in await run.ListAsync())
        {
            Assert.Equal("127.92", (await servers.Registrations.FindAgentAsync(AgentId.Parse(id), default)).Value!.Ip![..6]);
            await WaitForAsync(id, agent => agent.AttestationCount > 2 && agent.TrustState == TrustState.Attested);
        }

        var ids = await run.ListAsync();
        run.Send("""{"command":"stop"}""");
        await run.WaitAsync<StoppedEvent>();
        foreach (var id in ids) Assert.Equal(404, (await servers.Agents.FindAgentAsync(AgentId.Parse(id), default)).Status);
        Assert.DoesNotContain((await servers.Agents.ListRuntimePoliciesAsync(default)).Value!.Names, name => name.StartsWith("fleet-leave", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_verifier_finds_each_fault_and_the_others_stay_attested()
    {
        await using var run = Run.Start(servers, "127.92.3.1", ["--agents", "6", "--seed", "faults"]);
        await run.WaitAsync<ReadyEvent>();
        var ids = await run.ListAsync();
        foreach (var id in ids) await WaitForAsync(id, agent => agent.TrustState == TrustState.Attested);
        foreach (var (fault, id) in new[] { "bad-signature", "wrong-nonce", "tampered-entry", "dead", "reboot" }.Zip(ids))
            run.Send($$"""{"command":"inject","fault":"{{fault}}","agents":["{{id}}"]}""");

        var shown = new HashSet<string>();
        while (shown.Count < 5) shown.Add((await run.WaitAsync<InjectedEvent>()).Fault);
        for (var i = 0; i < 3; i++) Assert.Equal((int)OperationalState.InvalidQuote, (await WaitForAsync(ids[i], agent => agent.TrustState == TrustState.Failed)).OperationalState);
        // On its way from one to the other.
        await WaitForAsync(ids[3], agent => agent.OperationalState is (int)OperationalState.GetQuoteRetry or (int)OperationalState.Failed);
        // Rebooted, and not to be faulted for it; untouched.
        foreach (var id in ids.Skip(4)) await WaitForProgressAsync(id);

        foreach (var id in ids.Take(3)) await HealAsync(run, id);
    }

    [Fact]
    public async Task A_mark_ends_when_all_agents_were_asked_again()
    {
        await using var run = Run.Start(servers, "127.92.4.1", ["--agents", "2", "--seed", "mark"]);
        await run.WaitAsync<TickEvent>(tick => tick.Waiting == 0);
        run.Send("""{"command":"mark","name":"now","agents":null,"timeoutSeconds":200}""");
        var marked = await run.WaitAsync<MarkedEvent>();
        Assert.Equal(("now", 2, 0), (marked.Name, marked.Agents, marked.Missing.Count));
        Assert.NotNull(marked.GapSeconds.P50);
    }

    [Fact]
    public async Task A_fleet_that_was_kept_is_the_same_machines_when_it_comes_back()
    {
        string[] fleet = ["--agents", "2", "--seed", "kept", "--keep"];
        IReadOnlyList<string> ids;
        await using (var run = Run.Start(servers, "127.92.5.1", fleet))
        {
            await run.WaitAsync<ReadyEvent>();
            ids = await run.ListAsync();
        }
        foreach (var id in ids) Assert.Equal(200, (await servers.Agents.FindAgentAsync(AgentId.Parse(id), default)).Status);
        await using var again = Run.Start(servers, "127.92.5.1", fleet[..4]);
        await again.WaitAsync<ReadyEvent>();
        foreach (var id in ids)
        {
            await WaitForAsync(id, agent => agent.TrustState == TrustState.Attested);
            Assert.Equal(1, (await servers.Registrations.FindAgentAsync(AgentId.Parse(id), default)).Value!.Regcount);
        }
    }

    [Fact]
    public async Task A_fleet_with_other_keys_under_the_same_ids_is_refused()
    {
        await using (var run = Run.Start(servers, "127.92.6.1", ["--ids", "same-id", "--seed", "one"])) await run.WaitAsync<ReadyEvent>();
        await using var other = Run.Start(servers, "127.92.6.1", ["--ids", "same-id", "--seed", "other"]);
        var refused = await Assert.ThrowsAsync<FleetException>(() => other.Completion);
        Assert.StartsWith("registration of same-id failed: 403 ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--registrar", "http://127.0.0.1:1")]
    [InlineData("--verifier", "https://127.0.0.1:1")]
    public async Task A_server_that_does_not_answer_is_named(string option, string address)
    {
        await using var run = Run.Start(servers, "127.92.7.1", ["--agents", "1", option, address], without: option);
        var refused = await Assert.ThrowsAsync<FleetException>(() => run.Completion);
        Assert.StartsWith($"{option}: 127.0.0.1:1: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registrar_whose_challenge_is_missing_is_a_failure_with_a_reason()
    {
        using var registrar = new HttpListener();
        var address = $"http://127.0.0.1:{TcpPorts.Free(1)[0]}/";
        registrar.Prefixes.Add(address);
        registrar.Start();
        var answering = AnswerAllAsync(registrar, """{"code":200,"status":"Success","results":{"current_version":"2.6","supported_versions":["2.6"]}}"""u8.ToArray());
        await using (var run = Run.Start(servers, "127.92.8.1", ["--agents", "1", "--registrar", address], without: "--registrar"))
            Assert.Contains("challenge is malformed", (await Assert.ThrowsAsync<FleetException>(() => run.Completion.WaitAsync(s_patience))).Message, StringComparison.Ordinal);
        registrar.Stop();
        await answering;
    }

    [Fact]
    public async Task A_fleet_that_nobody_can_be_told_of_ends_and_takes_its_leave()
    {
        await using var run = Run.Start(servers, "127.92.9.1", ["--ids", "untold", "--seed", "untold"]);
        await run.WaitAsync<ReadyEvent>();
        run.IsDiskFull = true;
        await Assert.ThrowsAsync<IOException>(() => run.Completion.WaitAsync(s_patience));
        Assert.Equal(404, (await servers.Agents.FindAgentAsync(AgentId.Parse("untold"), default)).Status);
    }

    private static async Task AnswerAllAsync(HttpListener listener, byte[] json)
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                context.Response.Close(json, willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task HealAsync(Run run, string id)
    {
        run.Send($$"""{"command":"heal","agents":["{{id}}"]}""");
        Assert.True((await servers.Agents.ReactivateAgentAsync(AgentId.Parse(id), default)).IsGood);
        await WaitForAsync(id, agent => agent.TrustState == TrustState.Attested);
    }

    private async Task WaitForProgressAsync(string id)
    {
        var before = (await servers.Agents.FindAgentAsync(AgentId.Parse(id), default)).Value!.AttestationCount;
        await WaitForAsync(id, agent => agent.TrustState == TrustState.Attested && agent.AttestationCount > before + 2);
    }

    private async Task<VerifierAgentResponse> WaitForAsync(string id, Func<VerifierAgentResponse, bool> isSo)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            var answer = await servers.Agents.FindAgentAsync(AgentId.Parse(id), default);
            if (answer.IsGood && isSo(answer.Value)) return answer.Value;
            servers.ThrowIfEnded();
            if (patience.IsCancellationRequested) Assert.Fail($"{id} does not become what it should be: {answer} {JsonSerializer.Serialize(answer.Value)}");
            await Task.Delay(50);
        }
    }

    /// <summary>A run in this process, whose events the test reads and which it commands.</summary>
    private sealed class Run(KeylimeServers servers) : IEventWriter, IAsyncDisposable
    {
        private readonly Channel<FleetEvent> _events = Channel.CreateUnbounded<FleetEvent>();
        private readonly CommandLines _commands = new();
        private readonly CancellationTokenSource _stop = new();

        public Task Completion { get; private set; } = Task.CompletedTask;

        public static Run Start(KeylimeServers servers, string firstAddress, string[] arguments, string? without = null)
        {
            var run = new Run(servers);
            var common = servers.FleetArguments(firstAddress).Chunk(2).Where(pair => pair[0] != without).SelectMany(pair => pair);
            var parsed = new FleetCommandLine().Create((options, _, _) =>
            {
                run.Completion = new FleetRun(options, run, run._commands, TimeProvider.System).RunAsync(run._stop.Token);
                return Task.FromResult(0);
            }).Parse([.. common, .. arguments]);
            Assert.Empty(parsed.Errors);
            parsed.Invoke();
            return run;
        }

        /// <summary>From now on nothing can be written.</summary>
        public bool IsDiskFull { get; set; }

        public void Write(FleetEvent what)
        {
            if (IsDiskFull) throw new IOException("No space left on device");
            _events.Writer.TryWrite(what);
        }

        public void Send(string line) => _commands.Add(line);

        /// <summary>Reads on until such an event; an error is none that a test waits for.</summary>
        public async Task<T> WaitAsync<T>(Func<T, bool>? isMeant = null) where T : FleetEvent
        {
            using var patience = new CancellationTokenSource(s_patience);
            while (true)
            {
                if (Completion.IsFaulted) await Completion;
                servers.ThrowIfEnded();
                if (patience.IsCancellationRequested) Assert.Fail($"No {typeof(T).Name} came that was waited for");
                // Not for ever: the run or a server may end meanwhile.
                if (!_events.Reader.TryRead(out var next))
                {
                    await Task.WhenAny(_events.Reader.WaitToReadAsync().AsTask(), Task.Delay(500));
                    continue;
                }
                Assert.False(next is ErrorEvent, next.ToString());
                if (next is T wanted && isMeant?.Invoke(wanted) != false) return wanted;
            }
        }

        public async Task<IReadOnlyList<string>> ListAsync()
        {
            Send("""{"command":"list"}""");
            return (await WaitAsync<AgentsEvent>()).Ids;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            try { await Completion; }
            catch (Exception e) when (e is FleetException or IOException) { }
            _stop.Dispose();
        }
    }

    private sealed class CommandLines : TextReader
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public void Add(string line) => _lines.Writer.TryWrite(line);

        public override async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken) => await _lines.Reader.ReadAsync(cancellationToken);
    }
}
