using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Keylime.Testing;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>The ways from one verifier to Redis and to PostgreSQL, which nobody else takes.</summary>
internal sealed partial class StoreLinks : IAsyncDisposable
{
    private StoreLinks(Func<string, int> portOf) => (Redis, Postgres) = (new(() => portOf("redis")), new(() => portOf("postgres")));

    public TcpLink Redis { get; }
    public TcpLink Postgres { get; }

    /// <summary>Has a verifier that Program.cs composed reach its stores by links of its own.</summary>
    /// <param name="builder">The composition.</param>
    /// <param name="verifier">The verifier's resource.</param>
    /// <param name="portOf">The port of a store's resource. Asked only when the application runs.</param>
    public static StoreLinks Insert(IDistributedApplicationBuilder builder, string verifier, Func<string, int> portOf)
    {
        var links = new StoreLinks(portOf);
        var redis = new Detour(builder.CreateResourceBuilder<RedisResource>("redis").Resource, links.Redis);
        var postgres = new Detour(builder.CreateResourceBuilder<PostgresDatabaseResource>("verifierdb").Resource, links.Postgres);
        builder.CreateResourceBuilder<ProjectResource>(verifier)
            .WithEnvironment("ConnectionStrings__redis", $"{redis}")
            .WithEnvironment("ConnectionStrings__verifier", $"{postgres}");
        return links;
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
    }

    /// <summary>A store's connection string with the port of a link that leads to it.</summary>
    private sealed partial class Detour(IResourceWithConnectionString store, TcpLink link) : IValueProvider, IManifestExpressionProvider
    {
        public string ValueExpression => store.ValueExpression;

        public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
            Port().Replace((await store.GetConnectionStringAsync(cancellationToken))!, link.Port.ToString(CultureInfo.InvariantCulture));

        // Redis's begins with host:port; PostgreSQL's names each part.
        [GeneratedRegex(@"(?<=^[^,;=]+:|;Port=)\d+")]
        private static partial Regex Port();
    }
}
