using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Registrar;

public abstract class RegistrationStoreTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private IRegistrationStore _store = null!;

    internal abstract Task<TestDatabase> CreateDatabaseAsync();

    public async Task InitializeAsync()
    {
        _database = await CreateDatabaseAsync();
        _store = (await _database.StartAsync(StorageServices.AddRegistrarStorage)).GetRequiredService<IRegistrationStore>();
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    private static CancellationToken Ct => CancellationToken.None;

    private static Registration Make(string id, string key = "key-1") => new()
    {
        Id = AgentId.Parse(id),
        EkTpm = new byte[] { 1 },
        AkTpm = new byte[] { 2 },
        ActivationKey = key,
        Regcount = 1,
    };

    [Fact]
    public async Task Gives_back_what_was_saved_and_null_where_nothing_was()
    {
        var full = Make("full") with
        {
            EkCert = new byte[] { 3 },
            IakTpm = new byte[] { 4 },
            IakCert = new byte[] { 5 },
            IdevidTpm = new byte[] { 6 },
            IdevidCert = new byte[] { 7 },
            Ip = "192.0.2.1",
            Port = 9002,
            MtlsCert = "disabled",
            PendingIp = "192.0.2.2",
            PendingPort = 9003,
            PendingMtlsCert = "pending",
        };
        Assert.True(await _store.SaveAsync(full, null, Ct));
        Assert.True(await _store.SaveAsync(Make("bare"), null, Ct));

        Assert.Equivalent(full, await _store.FindAsync(full.Id, Ct), strict: true);
        var bare = (await _store.FindAsync(AgentId.Parse("bare"), Ct))!;
        Assert.Equal((false, false, false), (bare.EkCert.HasValue, bare.IakTpm.HasValue, bare.IdevidCert.HasValue));
        Assert.Null(await _store.FindAsync(AgentId.Parse("nobody"), Ct));
        Assert.Equal(["bare", "full"], (await _store.ListIdsAsync(Ct)).Select(id => id.Value));
    }

    [Fact]
    public async Task Replaces_only_the_record_that_was_seen()
    {
        var first = Make("a");
        Assert.True(await _store.SaveAsync(first, null, Ct));
        Assert.False(await _store.SaveAsync(Make("a", "key-2"), null, Ct));
        Assert.True(await _store.SaveAsync(Make("a", "key-3"), first, Ct));
        Assert.False(await _store.SaveAsync(Make("a", "key-4"), first, Ct));
        Assert.Equal("key-3", (await _store.FindAsync(first.Id, Ct))!.ActivationKey);
    }

    [Fact]
    public async Task Activates_only_the_record_that_was_seen()
    {
        var first = Make("a");
        await _store.SaveAsync(first, null, Ct);
        await _store.SaveAsync(Make("a", "key-2"), first, Ct);
        Assert.False(await _store.ActivateAsync(first, Ct));
        Assert.True(await _store.ActivateAsync(Make("a", "key-2"), Ct));
        Assert.True((await _store.FindAsync(first.Id, Ct))!.Active);
    }

    [Fact]
    public async Task Contact_data_change_with_activation_only()
    {
        var first = Make("a") with { PendingIp = "192.0.2.1", PendingPort = 1, PendingMtlsCert = "one" };
        await _store.SaveAsync(first, null, Ct);
        await _store.ActivateAsync(first, Ct);
        var active = (await _store.FindAsync(first.Id, Ct))!;
        var second = Make("a", "key-2") with { Active = true, PendingIp = "192.0.2.2", PendingPort = 2, PendingMtlsCert = "two" };
        Assert.True(await _store.SaveAsync(second, active, Ct));
        Assert.Equal(("192.0.2.1", 1, "one"), Contact((await _store.FindAsync(first.Id, Ct))!));
        Assert.True(await _store.ActivateAsync(second, Ct));
        Assert.Equal(("192.0.2.2", 2, "two"), Contact((await _store.FindAsync(first.Id, Ct))!));

        static (string?, int?, string?) Contact(Registration registration) => (registration.Ip, registration.Port, registration.MtlsCert);
    }

    [Fact]
    public async Task A_record_that_became_active_is_neither_replaced_nor_deleted_by_who_saw_it_inactive()
    {
        var seen = Make("a");
        await _store.SaveAsync(seen, null, Ct);
        await _store.ActivateAsync(seen, Ct);
        Assert.False(await _store.SaveAsync(Make("a", "key-2"), seen, Ct));
        Assert.False(await _store.DeleteUnchangedAsync(seen, Ct));
        Assert.True(await _store.DeleteUnchangedAsync(seen with { Active = true }, Ct));
    }

    [Fact]
    public async Task Deletes_for_operators_whatever_it_is()
    {
        await _store.SaveAsync(Make("a"), null, Ct);
        Assert.True(await _store.DeleteAsync(AgentId.Parse("a"), Ct));
        Assert.False(await _store.DeleteAsync(AgentId.Parse("a"), Ct));
    }

    [Fact]
    public async Task One_of_many_who_come_at_once_is_saved()
    {
        var saved = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => _store.SaveAsync(Make("a", $"key-{i}"), null, Ct))));
        Assert.Single(saved, true);
    }
}

public sealed class SqliteRegistrationStoreTests : RegistrationStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresRegistrationStoreTests : RegistrationStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
