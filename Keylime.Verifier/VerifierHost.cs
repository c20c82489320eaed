using System.Diagnostics.Metrics;
using Keylime.Attestation.Agents;
using Keylime.Client;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Keylime.Sharding;
using Keylime.Sharding.Redis;
using Keylime.Storage;
using Keylime.Verifier.Agents;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Freshness;
using Keylime.Verifier.Ownership;
using Keylime.Verifier.Policies;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier;

/// <summary>What the verifier consists of.</summary>
public static class VerifierHost
{
    public static WebApplication Compose(WebApplicationBuilder builder, KeylimeSettings settings)
    {
        builder.AddServiceDefaults(settings);
        var options = VerifierOptions.From(settings);
        builder.ListenTls(options.Address, options.Port, ServerTls.Load(settings));
        builder.Services.AddSingleton(options).AddSingleton<MonotonicClock>();
        var storage = ReadStorage(builder.Configuration, settings);
        builder.Services.AddVerifierStorage(storage);
        builder.Services.AddApi();
        builder.Services.AddAttestation(settings);
        // Hosted services stop in reverse: first the asking, then the writing and giving away, then the leases.
        builder.Services.AddOwnership(options, storage, builder.Configuration.GetConnectionString("redis"));
        builder.Services.AddRevocation(settings);
        builder.Services.AddHostedService(services => services.GetRequiredService<ShardLoop>()).AddHostedService(services => services.GetRequiredService<AttestationLoop>());
        builder.Services.AddHealthChecks().AddCheck<LoopHealth>("loop", tags: ["live"]);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseKeylimeHttp(new() { IsOutage = e => e is StoreUnavailableException });
        app.MapVersions().MapAgents().MapRuntimePolicies().MapMeasuredBootPolicies().MapCluster();
        return app;
    }

    private static void AddApi(this IServiceCollection services) => services.AddSingleton<EnrollmentReader>().AddSingleton<UploadedPolicies>();

    private static void AddAttestation(this IServiceCollection services, KeylimeSettings settings)
    {
        var attestation = AttestationOptions.From(settings);
        var tls = attestation.AgentMtls ? ClientTls.Load(settings) : null;
        services.AddSingleton(attestation).AddSingleton(Random.Shared);
        services.AddSingleton(_ => new AgentConnections(tls?.Identity?.Context, KeepAlive(attestation)));
        services.AddSingleton<AgentTransitions>().AddSingleton<OwnedAgents>().AddSingleton<PolicyLibrary>().AddSingleton<StoreWatch>().AddSingleton<StateWriter>()
            .AddSingleton<AttestationMetrics>().AddSingleton<Pace>().AddSingleton<IAgentExchange, AgentExchange>().AddSingleton<AttestationRound>().AddSingleton<AttestationLoop>().AddSingleton<LeaseBell>().AddSingleton<ShardLoop>();
    }

    private static void AddRevocation(this IServiceCollection services, KeylimeSettings settings)
    {
        var revocation = RevocationOptions.From(settings);
        services.AddSingleton(revocation).AddSingleton<OutboxBell>().AddSingleton<RevocationMessages>();
        services.AddSingleton<FreshnessMetrics>().AddHostedService<FreshnessSweep>();
        if (!revocation.IsEnabled) return;
        services.AddSingleton<AgentNotifier>().AddHostedService<OutboxRelay>();
        if (revocation.Webhook is { } url)
        {
            var handler = ClientTls.Load(settings).CreateHandler();
            services.AddSingleton<IRevocationHook>(provider => new Webhook(url, handler, provider.GetRequiredService<AttestationOptions>()));
        }
    }

    private static void AddOwnership(this IServiceCollection services, VerifierOptions options, StorageConfig storage, string? redis)
    {
        var rules = new LeaseRules(options.LeaseDuration);
        services.AddSingleton(rules).AddSingleton(new ShardOwnership(rules, options.ShardCount, options.Instance)).AddSingleton<ClusterMembers>().AddSingleton<OwnershipMetrics>()
            .AddSingleton(new LeaseOwner(options.Instance, Guid.NewGuid()));
        if (!string.IsNullOrEmpty(redis))
        {
            services.AddSingleton(provider => new RedisConnection(redis, rules.RenewAfter, meters: provider.GetRequiredService<IMeterFactory>()));
            services.AddSingleton<ILeaseStore>(provider => new RedisLeaseStore(provider.GetRequiredService<RedisConnection>(), options.ShardCount));
            services.AddSingleton<IMembershipStore, RedisMembershipStore>();
        }
        else if (storage.IsPostgres) services.AddPostgresLeases(storage, rules.RenewAfter);
        else
        {
            services.AddSingleton<ILeaseStore>(provider => new OneOwnerLeases(
                StorageServices.CreateSqliteLeases(storage, rules.RenewAfter, provider.GetRequiredService<StatementCounter>()), provider.GetRequiredService<ILogger<OneOwnerLeases>>()));
            services.AddSingleton<IMembershipStore, OneMember>();
        }
        services.AddHostedService<LeaseLoop>();
    }

    // An idle connection outlives the pause between two quotes, or each attestation would begin with a handshake.
    private static TimeSpan KeepAlive(AttestationOptions options) =>
        options.QuoteInterval * 2 > TimeSpan.FromMinutes(1) ? options.QuoteInterval * 2 : TimeSpan.FromMinutes(1);

    private static StorageConfig ReadStorage(ConfigurationManager configuration, KeylimeSettings settings)
    {
        try
        {
            return StorageConfig.Read(configuration.GetConnectionString("verifier"), settings.GetText("database_url", "sqlite"),
                settings.GetText("database_pool_sz_ovfl", "5,10"), Path.Combine(settings.WorkDirectory, StorageConfig.VerifierFile),
                settings.GetBoolean("auto_migrate_db", true));
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}
