using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Verifier;

/// <summary>What all tests of the verifier's stores start from: a fresh database, and agents to put into it.</summary>
public abstract class VerifierStoreTests : IAsyncLifetime
{
    internal TestDatabase Database { get; private set; } = null!;
    internal IServiceProvider Services { get; private set; } = null!;
    internal IAgentStore Agents => Services.GetRequiredService<IAgentStore>();
    internal IAgentStateStore States => Services.GetRequiredService<IAgentStateStore>();
    internal IPolicyStore Policies => Services.GetRequiredService<IPolicyStore>();
    internal static CancellationToken Ct => CancellationToken.None;

    internal abstract Task<TestDatabase> CreateDatabaseAsync();

    public async Task InitializeAsync()
    {
        Database = await CreateDatabaseAsync();
        Services = await Database.StartAsync(StorageServices.AddVerifierStorage);
    }

    public virtual async Task DisposeAsync() => await Database.DisposeAsync();

    internal static IReadOnlyCollection<int> AllShards { get; } = [.. Enumerable.Range(0, 16)];

    internal static AgentId Id(string text) => AgentId.Parse(text);

    internal static AgentEnrollment Enrollment(string id, int shard = 7, string? runtimePolicy = null, string? measuredBootPolicy = null) => new()
    {
        Id = Id(id),
        Shard = shard,
        VerifierId = "default",
        Ip = "10.0.0.7",
        Port = 9002,
        VerifierIp = "verifier.example",
        VerifierPort = 8881,
        AkTpm = Convert.FromHexString("0001" + "AA"),
        MtlsCert = "-----BEGIN CERTIFICATE-----",
        SupportedVersion = "2.6",
        TpmPolicy = """{"22":["00"],"mask":"0x400000"}""",
        MetaData = """{"subject":"ö"}""",
        RuntimePolicyName = runtimePolicy ?? id,
        MeasuredBootPolicyName = measuredBootPolicy ?? id,
        ImaSignVerificationKeys = "keyring",
        RevocationKey = "-----BEGIN PRIVATE KEY-----",
        V = new byte[] { 1, 2, 3 },
        AcceptHashAlgorithms = ["sha512", "sha256"],
        AcceptEncryptionAlgorithms = ["ecc", "rsa"],
        AcceptSigningAlgorithms = ["rsassa"],
    };

    /// <summary>Adds an agent with unnamed policies, as most are.</summary>
    internal async Task<StoredAgent> EnrollAsync(string id, int shard = 7)
    {
        Assert.Equal(AddAgentOutcome.Added, await Agents.AddAsync(Enrollment(id, shard), new(id, "{}", 1), new(id, null, 0), Ct));
        return (await Agents.FindAsync(Id(id), Ct))!;
    }

    /// <summary>A cursor behind all that this test has done. Transactions of other tests on the same server may hold it back for a moment.</summary>
    internal async Task<long> ReadSettledCursorAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (true)
        {
            var cursor = await States.ReadCursorAsync(limit.Token);
            if (await States.ChangedSinceAsync(cursor, AllShards, limit.Token) is { Changed: [], Deleted: [] }) return cursor;
        }
    }

    internal async Task<Keylime.Sharding.FencingToken> OwnAsync(int shard, string owner = "verifier-0") =>
        Assert.Single(await States.RaiseEpochsAsync([shard], owner, Ct));
}
