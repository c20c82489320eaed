using Keylime.Testing;

namespace Keylime.Sharding.Redis.Tests;

/// <summary>One server for a class of tests, empty before each.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
