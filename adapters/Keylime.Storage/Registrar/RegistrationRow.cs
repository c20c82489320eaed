using Keylime.Attestation.Registrations;
using Keylime.Protocol;

namespace Keylime.Storage.Registrar;

internal sealed class RegistrationRow
{
    public required AgentId AgentId { get; init; }
    public byte[]? EkTpm { get; init; }
    public byte[]? EkCert { get; init; }
    public byte[]? AkTpm { get; init; }
    public byte[]? IakTpm { get; init; }
    public byte[]? IakCert { get; init; }
    public byte[]? IdevidTpm { get; init; }
    public byte[]? IdevidCert { get; init; }
    public string? Ip { get; init; }
    public int? Port { get; init; }
    public string? MtlsCert { get; init; }
    public string? PendingIp { get; init; }
    public int? PendingPort { get; init; }
    public string? PendingMtlsCert { get; init; }
    public required string ActivationKey { get; init; }
    public required bool Active { get; init; }
    public required int Regcount { get; init; }

    public static RegistrationRow From(Registration registration) => new()
    {
        AgentId = registration.Id,
        EkTpm = registration.EkTpm?.ToArray(),
        EkCert = registration.EkCert?.ToArray(),
        AkTpm = registration.AkTpm?.ToArray(),
        IakTpm = registration.IakTpm?.ToArray(),
        IakCert = registration.IakCert?.ToArray(),
        IdevidTpm = registration.IdevidTpm?.ToArray(),
        IdevidCert = registration.IdevidCert?.ToArray(),
        Ip = registration.Ip,
        Port = registration.Port,
        MtlsCert = registration.MtlsCert,
        PendingIp = registration.PendingIp,
        PendingPort = registration.PendingPort,
        PendingMtlsCert = registration.PendingMtlsCert,
        ActivationKey = registration.ActivationKey,
        Active = registration.Active,
        Regcount = registration.Regcount,
    };

    public Registration ToRegistration() => new()
    {
        Id = AgentId,
        EkTpm = Bytes.OrNull(EkTpm),
        EkCert = Bytes.OrNull(EkCert),
        AkTpm = Bytes.OrNull(AkTpm),
        IakTpm = Bytes.OrNull(IakTpm),
        IakCert = Bytes.OrNull(IakCert),
        IdevidTpm = Bytes.OrNull(IdevidTpm),
        IdevidCert = Bytes.OrNull(IdevidCert),
        Ip = Ip,
        Port = Port,
        MtlsCert = MtlsCert,
        PendingIp = PendingIp,
        PendingPort = PendingPort,
        PendingMtlsCert = PendingMtlsCert,
        ActivationKey = ActivationKey,
        Active = Active,
        Regcount = Regcount,
    };
}
