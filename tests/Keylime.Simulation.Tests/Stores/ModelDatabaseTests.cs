using System.Globalization;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Storage;
using Keylime.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Keylime.Simulation.Tests.Stores;

/// <summary>The modelled database answers as the real ones do: the same calls, drawn at random, to both.</summary>
public sealed class ModelDatabaseTests
{
    private const int Shards = 3;

    private static readonly AgentId[] Ids = [.. Enumerable.Range(0, 4).Select(i => AgentId.Parse($"agent-{i}"))];
    private static readonly string[] Owners = [.. Enumerable.Range(1, 2).Select(i => new LeaseOwner($"verifier-{i}", new Guid(i, 0, 0, new byte[8])).ToString())];

    private static CancellationToken Ct => CancellationToken.None;

    [Fact]
    public async Task Answers_as_sqlite_does()
    {
        var folder = Directory.CreateTempSubdirectory("keylime-model-");
        for (var seed = 1; seed <= 10; seed++)
        {
            await using var services = Build(StorageConfig.Read(null, "sqlite", "5,10", Path.Combine(folder.FullName, $"{seed}.sqlite"), autoMigrate: true));
            await CompareAsync(services, seed);
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Answers_as_postgres_does()
    {
        var server = await PostgresServer.SharedAsync();
        for (var seed = 11; seed <= 14; seed++)
        {
            await using var services = Build(StorageConfig.Read(await server.CreateDatabaseAsync(), "", "5,10", "", autoMigrate: true));
            await CompareAsync(services, seed);
        }
    }

    private static async Task CompareAsync(ServiceProvider services, int seed)
    {
        foreach (var hosted in services.GetServices<IHostedService>()) await hosted.StartAsync(Ct);
        var (agents, states, outbox) = (services.GetRequiredService<IAgentStore>(), services.GetRequiredService<IAgentStateStore>(), services.GetRequiredService<IOutboxStore>());
        var model = new ModelDatabase(TimeProvider.System);
        foreach (var id in Ids)
        {
            var enrollment = Enrollment(id);
            Assert.Equal(AddAgentOutcome.Added, await agents.AddAsync(enrollment, new(id.Value, "{}", 2), new(id.Value, null, 0), Ct));
            model.Enroll(enrollment);
        }
        var random = new Random(seed);
        var tokens = new List<FencingToken>();
        var epochs = new Ranks();
        for (var step = 0; step < 60; step++)
        {
            var (id, owner) = (Ids[random.Next(Ids.Length)], Owners[random.Next(Owners.Length)]);
            int[] shards = [random.Next(Shards), Shards + 7];
            var what = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, step {step}");
            switch (random.Next(8))
            {
                case 0 or 1:
                    var raised = await states.RaiseEpochsAsync(shards, owner, Ct);
                    AssertSame(what, Words(raised.Select(epochs.Rank)), Words(await model.RaiseEpochsAsync(shards, owner, Ct)));
                    tokens.AddRange(raised);
                    break;
                case 2:
                    var renewed = await states.RenewEpochsAsync(shards, owner, Ct);
                    AssertSame(what, Words(renewed.Select(epochs.Rank)), Words(await model.RenewEpochsAsync(shards, owner, Ct)));
                    tokens.AddRange(renewed);
                    break;
                case 3:
                    AssertSame(what, Words((await states.ReadEpochsAsync(shards, Ct)).Select(epochs.Rank)), Words(await model.ReadEpochsAsync(shards, Ct)));
                    break;
                case 4:
                    Assert.Equal(await agents.ChangeStateAsync(id, OperationalState.Start, Ct), model.ChangeState(id, OperationalState.Start));
                    break;
                case 5:
                    if (random.Next(6) == 0) Assert.Equal(await agents.DeleteAsync(id, Ct), model.Delete(id));
                    break;
                case 6:
                    await SaveAsync(what, states, model, id, tokens, epochs, random, isVerdict: false);
                    break;
                default:
                    await SaveAsync(what, states, model, id, tokens, epochs, random, isVerdict: true);
                    break;
            }
            AssertSame(what, Words(await states.LoadAsync([0, 1, 2], Ct)), Words(await model.LoadAsync([0, 1, 2], Ct)));
            AssertSame(what, Words(await outbox.ReadAsync(shards, 100, Ct)), Words(await model.ReadAsync(shards, 100, Ct)));
        }
    }

    // Old tokens and old revisions among new ones.
    private static async Task SaveAsync(string what, IAgentStateStore states, ModelDatabase model, AgentId id, List<FencingToken> tokens, Ranks epochs, Random random, bool isVerdict)
    {
        if (tokens.Count == 0) return;
        var token = tokens[random.Next(tokens.Count)];
        var (real, modelled) = ((await states.LoadAgentsAsync([id], Ct)).SingleOrDefault(), model.Find(id));
        var isOutdated = random.Next(4) == 0;
        var (realRevision, modelRevision) = isOutdated ? (real?.Revision - 1 ?? 0, modelled?.Revision - 1 ?? 0) : (real?.Revision ?? 0, modelled?.Revision ?? 0);
        // Success in the past, or where the clock is ahead; a deadline far from now, so that none passes within the test.
        var state = new AgentState
        {
            OperationalState = random.Next(2) == 0 ? OperationalState.GetQuote : OperationalState.InvalidQuote,
            AttestationCount = random.Next(100),
            LastSuccessfulAttestation = random.Next(3) switch { 0 => null, 1 => DateTimeOffset.UnixEpoch, _ => DateTimeOffset.UnixEpoch.AddYears(200) },
            FreshFor = TimeSpan.FromHours(1),
        };
        var ago = random.Next(3) == 0 ? TimeSpan.FromDays(1) : TimeSpan.Zero;
        OutboxMessage[] messages = [new("revocation", id, what)];
        if (isVerdict)
            AssertSame(what, [$"{(await states.SaveVerdictAsync(new(id, state, realRevision, token) { SucceededAgo = ago }, messages, Ct))?.Reason}"],
                [$"{(await model.SaveVerdictAsync(new(id, state, modelRevision, epochs.Rank(token)) { SucceededAgo = ago }, messages, Ct))?.Reason}"]);
        else
            AssertSame(what, (await states.SaveProgressAsync([new(id, state, realRevision, token) { SucceededAgo = ago }], Ct)).Select(refused => $"{refused.Reason}"),
                (await model.SaveProgressAsync([new(id, state, modelRevision, epochs.Rank(token)) { SucceededAgo = ago }], Ct)).Select(refused => $"{refused.Reason}"));
    }

    private static ServiceProvider Build(StorageConfig config) => new ServiceCollection().AddLogging().AddVerifierStorage(config).BuildServiceProvider();

    private static AgentEnrollment Enrollment(AgentId id) => new()
    {
        Id = id,
        Shard = id.Value[^1] % Shards,
        VerifierId = "default",
        AkTpm = new byte[] { 1 },
        SupportedVersion = "2.6",
        TpmPolicy = "{}",
        MetaData = "{}",
        RuntimePolicyName = id.Value,
        MeasuredBootPolicyName = id.Value,
        AcceptHashAlgorithms = [],
        AcceptEncryptionAlgorithms = [],
        AcceptSigningAlgorithms = [],
    };

    private static IEnumerable<string> Words(IEnumerable<FencingToken> tokens) => tokens.Select(token => $"{token.Shard}: {token.Epoch}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Words(IEnumerable<StoredAgent> agents) => agents.OrderBy(agent => agent.Enrollment.Id)
        .Select(agent => $"{agent.Enrollment.Id} {agent.State.OperationalState} {agent.State.AttestationCount} {agent.State.LastSuccessfulAttestation} {agent.Owner} {agent.IsFresh}");

    private static IEnumerable<string> Words(IEnumerable<StoredMessage> messages) => messages.Select(stored => $"{stored.Message.AgentId} {stored.Message.Payload}");

    private static void AssertSame(string what, IEnumerable<string> real, IEnumerable<string> modelled) =>
        Assert.Equal($"{what}: {string.Join("; ", real)}", $"{what}: {string.Join("; ", modelled)}");

    /// <summary>Databases make epochs of the time; the model counts, which gives each its place among those of its shard.</summary>
    private sealed class Ranks
    {
        private readonly Dictionary<int, SortedSet<long>> _seen = [];

        public FencingToken Rank(FencingToken token)
        {
            if (!_seen.TryGetValue(token.Shard, out var seen)) _seen[token.Shard] = seen = [];
            seen.Add(token.Epoch);
            return token with { Epoch = seen.Count(epoch => epoch <= token.Epoch) };
        }
    }
}
