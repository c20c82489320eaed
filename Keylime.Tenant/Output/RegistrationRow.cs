using System.Globalization;
using Keylime.Protocol.V2;

namespace Keylime.Tenant.Output;

/// <summary>A registration as the verbs show it.</summary>
internal sealed record RegistrationRow(string Id, string? Address, int Registrations, bool HasEkCertificate, bool HasTls)
{
    public static (string, Func<RegistrationRow, string>)[] Columns =>
    [
        ("AGENT", row => row.Id), ("ADDRESS", row => row.Address ?? ""), ("REGISTRATIONS", row => row.Registrations.ToString(CultureInfo.InvariantCulture)),
        ("EK CERTIFICATE", row => row.HasEkCertificate ? "yes" : "no"), ("TLS", row => row.HasTls ? "yes" : "no"),
    ];

    public static RegistrationRow From(string id, RegistrarAgentResponse registration) => new(
        id, registration.Ip is null ? null : string.Create(CultureInfo.InvariantCulture, $"{registration.Ip}:{registration.Port}"),
        registration.Regcount, !string.IsNullOrEmpty(registration.EkCert), registration.MtlsCert is not (null or "disabled"));
}
