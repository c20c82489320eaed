using Keylime.Client;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Sharding;

namespace Keylime.Tenant.Connections;

/// <summary><c>tenant.conf</c> and <c>KEYLIME_TENANT_*</c>, with what the command line says instead.</summary>
internal sealed record TenantConfig
{
    /// <summary>Verifiers or gateways, any of which will do. Keylime: <c>verifier_ip</c>, <c>verifier_port</c>; here a list of <c>host</c> or <c>host:port</c>, each with <c>@zone</c> if it has one.</summary>
    public required IReadOnlyList<ServerAddress> Verifiers { get; init; }
    public required IReadOnlyList<ServerAddress> Registrars { get; init; }
    /// <summary>Ours, <c>zone</c>: where this tenant is; servers of its zone are asked first.</summary>
    public required string? Zone { get; init; }
    public required TimeSpan RequestTimeout { get; init; }
    public required RetrySchedule Retries { get; init; }
    public required bool EnableAgentMtls { get; init; }
    public required int MaxPayloadSize { get; init; }
    public required bool RequireEkCert { get; init; }
    public required string TpmCertStore { get; init; }
    public required string EkCheckScript { get; init; }
    public required string MbRefstate { get; init; }
    public required IReadOnlyList<string> AcceptTpmHashAlgs { get; init; }
    public required IReadOnlyList<string> AcceptTpmEncryptionAlgs { get; init; }
    public required IReadOnlyList<string> AcceptTpmSigningAlgs { get; init; }

    public static TenantConfig Read(KeylimeSettings settings, ServerAddresses given) => new()
    {
        Verifiers = Addresses(settings, "verifier", given.Verifier, given.VerifierPort, 8881),
        Registrars = Addresses(settings, "registrar", given.Registrar, given.RegistrarPort, 8891),
        Zone = ZoneName.TryRead(settings.GetText("zone", ""), out var zone) ? zone : throw settings.Refuse("zone", ZoneName.Rule),
        RequestTimeout = settings.GetSeconds("request_timeout", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1)),
        Retries = new(settings.GetInteger("max_retries", 5, 0, 1000), settings.GetSeconds("retry_interval", TimeSpan.FromSeconds(2)), settings.GetBoolean("exponential_backoff", true)),
        EnableAgentMtls = settings.GetBoolean("enable_agent_mtls", true),
        MaxPayloadSize = settings.GetInteger("max_payload_size", 1048576, 0, int.MaxValue),
        RequireEkCert = settings.GetBoolean("require_ek_cert", true),
        TpmCertStore = Path.Combine(settings.WorkDirectory, settings.GetText("tpm_cert_store", "tpm_cert_store")),
        EkCheckScript = settings.GetText("ek_check_script", "") is { Length: > 0 } script ? Path.Combine(settings.WorkDirectory, script) : "",
        MbRefstate = settings.GetText("mb_refstate", ""),
        AcceptTpmHashAlgs = settings.GetList("accept_tpm_hash_algs", ["sha512", "sha384", "sha256"]),
        AcceptTpmEncryptionAlgs = settings.GetList("accept_tpm_encryption_algs", ["ecc", "rsa"]),
        AcceptTpmSigningAlgs = settings.GetList("accept_tpm_signing_algs", ["ecschnorr", "rsassa"]),
    };

    private static IReadOnlyList<ServerAddress> Addresses(KeylimeSettings settings, string server, string? givenHost, int? givenPort, int defaultPort)
    {
        var port = givenPort ?? settings.GetPort($"{server}_port", defaultPort);
        var hosts = givenHost is null ? settings.GetList($"{server}_ip", ["127.0.0.1"]) : givenHost.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (ServerAddress.TryReadList(hosts, Uri.UriSchemeHttps, port, out var servers, out var problem)) return servers;
        throw givenHost is null ? settings.Refuse($"{server}_ip", problem) : new UserErrorException($"--{server}: {problem}");
    }
}

/// <summary>Addresses on the command line; null where it has none.</summary>
internal sealed record ServerAddresses(string? Verifier = null, int? VerifierPort = null, string? Registrar = null, int? RegistrarPort = null);
