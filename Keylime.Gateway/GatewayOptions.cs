using System.Net;
using Keylime.Gateway.Backends;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Sharding;

namespace Keylime.Gateway;

/// <summary>Where the gateway listens and whom it forwards to.</summary>
internal sealed record GatewayOptions
{
    public required IPAddress Ip { get; init; }

    /// <summary>HTTPS for tenants, operators and push agents; forwarded to verifiers.</summary>
    public required int VerifierPort { get; init; }

    /// <summary>Plain HTTP for agents; forwarded to the registrars' plain listeners.</summary>
    public required int RegistrarPort { get; init; }

    /// <summary>HTTPS for tenants and agents; forwarded to the registrars' TLS listeners.</summary>
    public required int RegistrarTlsPort { get; init; }

    public required IReadOnlyList<Backend> Verifiers { get; init; }
    public required IReadOnlyList<Backend> Registrars { get; init; }
    public required IReadOnlyList<Backend> PlainRegistrars { get; init; }

    /// <summary>Where this gateway is: back ends of its zone are preferred where any will do; null for none.</summary>
    public required string? Zone { get; init; }

    /// <summary>Connection string of the Redis in which verifiers announce themselves; null: verifiers are asked, the configured ones first.</summary>
    public required string? Redis { get; init; }

    /// <summary>As in the verifiers' configuration, so that both compute the same owners.</summary>
    public required ShardMap Shards { get; init; }

    /// <summary>As in the verifiers' configuration: its heartbeats are followed at the same pace.</summary>
    public required LeaseRules Lease { get; init; }

    /// <summary>Longest silence of a back end, or of a client in the middle of its body. Keylime: <c>request_timeout</c>.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    public required TimeSpan HealthCheckInterval { get; init; }

    /// <summary>How long a back end may take for a connection, and for the answer to a health check: longer than a busy one needs, short enough that a hung one is noticed.</summary>
    public required TimeSpan HealthCheckTimeout { get; init; }

    public required int MaxUploadBytes { get; init; }

    public static GatewayOptions Read(KeylimeSettings settings, IConfiguration configuration)
    {
        var options = new GatewayOptions
        {
            Ip = settings.GetAddress("ip", IPAddress.Loopback),
            VerifierPort = settings.GetInteger("verifier_port", 8881, 1, 65535),
            RegistrarPort = settings.GetInteger("registrar_port", 8890, 1, 65535),
            RegistrarTlsPort = settings.GetInteger("registrar_tls_port", 8891, 1, 65535),
            Verifiers = BackendAddresses.Read(settings, "verifiers", configuration, "verifier-", "mtls"),
            Registrars = BackendAddresses.Read(settings, "registrars", configuration, "registrar-", "mtls"),
            PlainRegistrars = BackendAddresses.Read(settings, "registrars_plain", configuration, "registrar-", "plain"),
            Zone = ZoneName.TryRead(settings.GetText("zone", ""), out var zone) ? zone : throw settings.Refuse("zone", ZoneName.Rule),
            Redis = configuration.GetConnectionString("redis") is { Length: > 0 } redis ? redis : null,
            Shards = new(settings.GetInteger("shard_count", ShardMap.DefaultCount, 1, ShardMap.MaxCount)),
            Lease = new(settings.GetSeconds("lease_duration", LeaseRules.Default.Duration, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(10))),
            RequestTimeout = settings.GetSeconds("request_timeout", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1)),
            HealthCheckInterval = settings.GetSeconds("health_check_interval", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.05), TimeSpan.FromMinutes(1)),
            HealthCheckTimeout = settings.GetSeconds("health_check_timeout", TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(10)),
            MaxUploadBytes = settings.GetInteger("max_upload_size", 104857600, 1024, int.MaxValue),
        };
        // A request is told apart by the port it came in on.
        if (new[] { options.VerifierPort, options.RegistrarPort, options.RegistrarTlsPort }.Distinct().Count() < 3)
            throw new ConfigurationException("gateway: verifier_port, registrar_port and registrar_tls_port must differ");
        if (options.Verifiers.Count == 0 && options.Redis is null)
            throw settings.Refuse("verifiers", "without Redis the gateway must be told the verifiers, host:port each");
        if (options.Registrars.Count == 0 && options.PlainRegistrars.Count == 0)
            throw settings.Refuse("registrars", "the gateway must be told the registrars, host:port each");
        return options;
    }
}
