using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Registrar;

/// <summary>What an agent must prove its identity with. Keylime: <c>tpm_identity</c>.</summary>
internal enum RequiredIdentity
{
    /// <summary><c>default</c>, <c>ek_cert_or_iak_idevid</c>.</summary>
    EkOrDevId,
    /// <summary><c>ek_cert</c>.</summary>
    Ek,
    /// <summary><c>iak_idevid</c>.</summary>
    DevId,
}

/// <summary>What becomes of a certificate that is not strictly DER. Keylime: <c>malformed_cert_action</c>.</summary>
internal enum MalformedCertificateAction
{
    Warn,
    Reject,
    Ignore,
}

/// <summary>The registrar's own options.</summary>
internal sealed record RegistrarConfig(RequiredIdentity Identity, MalformedCertificateAction MalformedCertificates, string DevIdAuthorities)
{
    public static RegistrarConfig Read(KeylimeSettings settings) => new(
        settings.GetText("tpm_identity", "default") switch
        {
            "default" or "ek_cert_or_iak_idevid" or "" => RequiredIdentity.EkOrDevId,
            "ek_cert" => RequiredIdentity.Ek,
            "iak_idevid" => RequiredIdentity.DevId,
            _ => throw settings.Refuse("tpm_identity", "must be default, ek_cert_or_iak_idevid, ek_cert or iak_idevid"),
        },
        settings.GetText("malformed_cert_action", "warn") switch
        {
            "warn" or "" => MalformedCertificateAction.Warn,
            "reject" => MalformedCertificateAction.Reject,
            "ignore" => MalformedCertificateAction.Ignore,
            _ => throw settings.Refuse("malformed_cert_action", "must be warn, reject or ignore"),
        },
        // Upstream reads the tenant's option, on the registrar's host.
        Path.Combine(settings.WorkDirectory, settings.ForComponent("tenant").GetText("tpm_cert_store", "/var/lib/keylime/tpm_cert_store")));
}
