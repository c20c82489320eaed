using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>What <see cref="CertificateFolder"/> makes.</summary>
public sealed record CertificateFolderOptions
{
    public KeyKind KeyKind { get; init; } = KeyKind.P256;

    public X500DistinguishedName AuthorityName { get; init; } = new("CN=Keylime Certificate Authority, O=Keylime");

    /// <summary>Keylime: <c>cert_ca_lifetime</c>, in days.</summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>Keylime: <c>cert_lifetime</c>, in days.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Names of servers besides this machine's own. Keylime: <c>cert_subject_alternative_names</c>.</summary>
    public IReadOnlyList<string> AlternativeNames { get; init; } = [];

    /// <summary>Reads <c>ca.conf</c> and the component's <c>cert_subject_alternative_names</c>. An RSA length in <c>cert_bits</c> asks for RSA keys.</summary>
    public static CertificateFolderOptions Read(KeylimeSettings component)
    {
        var settings = component.ForComponent("ca");
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(settings.GetText("cert_ca_name", "Keylime Certificate Authority"));
        name.AddOrganizationName(settings.GetText("cert_organization", "Keylime"));
        return new()
        {
            KeyKind = settings.FindText("cert_bits") is null ? KeyKind.P256 : KeyKind.Rsa(settings.GetInteger("cert_bits", 2048, 2048, 8192)),
            AuthorityName = name.Build(),
            AuthorityLifetime = TimeSpan.FromDays(settings.GetInteger("cert_ca_lifetime", 3650, 1, 36500)),
            CertificateLifetime = TimeSpan.FromDays(settings.GetInteger("cert_lifetime", 365, 1, 36500)),
            AlternativeNames = component.GetList("cert_subject_alternative_names", []),
        };
    }
}
