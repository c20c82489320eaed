using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>What a certificate is for: its name, its uses and the names that it may answer to.</summary>
public sealed record CertificateProfile(string CommonName, OidCollection Usages, X509Extension? AlternativeNames)
{
    /// <summary>A tenant or verifier as a TLS client.</summary>
    public static CertificateProfile Client(string commonName) => new(commonName, [KeyUsages.ClientAuth], null);

    /// <summary>A service of this machine.</summary>
    public static CertificateProfile Server(string commonName, IEnumerable<string> moreNames) =>
        new(commonName, [KeyUsages.ServerAuth], NamesOfThisMachine(moreNames).Build());

    /// <summary>The gateway: a server for tenants, a client of the services, which know it by its URI.</summary>
    public static CertificateProfile Gateway(IEnumerable<string> moreNames)
    {
        var names = NamesOfThisMachine(moreNames);
        names.AddUri(new(GatewayIdentity.Uri));
        return new("gateway", [KeyUsages.ServerAuth, KeyUsages.ClientAuth], names.Build());
    }

    private static SubjectAlternativeNameBuilder NamesOfThisMachine(IEnumerable<string> moreNames)
    {
        var host = Dns.GetHostName();
        var domain = IPGlobalProperties.GetIPGlobalProperties().DomainName;
        string[] own = ["localhost", "127.0.0.1", "::1", host, .. domain.Length > 0 && domain != "(none)" ? [$"{host}.{domain}"] : Array.Empty<string>()];
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => !a.Address.IsIPv6LinkLocal)
            .Select(a => a.Address.ToString());
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in own.Concat(addresses).Concat(moreNames.Select(WithoutPrefix)).Distinct(StringComparer.OrdinalIgnoreCase))
            if (IPAddress.TryParse(name, out var address)) builder.AddIpAddress(address);
            else builder.AddDnsName(name);
        return builder;
    }

    // cert_subject_alternative_names may say DNS:name or IP:address, as OpenSSL does.
    private static string WithoutPrefix(string name) =>
        name.StartsWith("DNS:", StringComparison.OrdinalIgnoreCase) ? name[4..]
        : name.StartsWith("IP:", StringComparison.OrdinalIgnoreCase) ? name[3..]
        : name;
}
