using Keylime.Client;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;
using Keylime.Sharding;

namespace Keylime.Agent.Registration;

/// <summary>Where and how stubbornly the agent registers.</summary>
/// <param name="Registrars">Option <c>registrar_ip</c>: a list of <c>host</c> or <c>host:port</c>, each with <c>@zone</c> if it has one (Keylime knows one host); for
/// hosts without a port option <c>registrar_port</c> or <c>registrar_tls_port</c>.</param>
/// <param name="Zone">Ours, option <c>zone</c>: where this machine is; registrars of its zone are tried first.</param>
/// <param name="Servers">Options <c>registrar_tls_enabled</c> and <c>registrar_tls_ca_cert</c>: whose registrars are believed; null for plain HTTP.</param>
/// <param name="InitialDelay">Option <c>exponential_backoff_initial_delay</c>, in milliseconds there: pause after the first failure; doubled after each.</param>
/// <param name="MaxRetries">Option <c>exponential_backoff_max_retries</c>: rounds over all addresses after the first.</param>
/// <param name="MaxDelay">Option <c>exponential_backoff_max_delay</c>, in milliseconds there.</param>
internal sealed record RegistrationOptions(
    IReadOnlyList<ServerAddress> Registrars, string? Zone, CertificateTrust? Servers, TimeSpan InitialDelay, int MaxRetries, TimeSpan MaxDelay)
{
    public static RegistrationOptions Read(KeylimeSettings settings, OptionPaths paths)
    {
        var tls = settings.GetBoolean("registrar_tls_enabled", false);
        var port = tls ? settings.GetInteger("registrar_tls_port", 8891, 1, 65535) : settings.GetInteger("registrar_port", 8890, 1, 65535);
        return new(
            ServerAddress.TryReadList(settings.GetList("registrar_ip", ["127.0.0.1"]), tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, port, out var registrars, out var problem)
                ? registrars : throw settings.Refuse("registrar_ip", problem),
            ZoneName.TryRead(settings.GetText("zone", ""), out var zone) ? zone : throw settings.Refuse("zone", ZoneName.Rule),
            tls ? CertificateTrust.In(CertificateFiles.ReadCertificates(paths.Get("registrar_tls_ca_cert", "cv_ca/cacert.crt"))) : null,
            ReadMilliseconds(settings, "exponential_backoff_initial_delay", 10_000),
            settings.GetInteger("exponential_backoff_max_retries", 5, 0, int.MaxValue),
            ReadMilliseconds(settings, "exponential_backoff_max_delay", 300_000));
    }

    private static TimeSpan ReadMilliseconds(KeylimeSettings settings, string option, int fallback) =>
        TimeSpan.FromMilliseconds(settings.GetInteger(option, fallback, 0, int.MaxValue));
}
