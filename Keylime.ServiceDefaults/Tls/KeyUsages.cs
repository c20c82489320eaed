using System.Security.Cryptography;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>RFC 5280, section 4.2.1.12: the two extended key usages of TLS.</summary>
internal static class KeyUsages
{
    public static Oid ServerAuth => new("1.3.6.1.5.5.7.3.1", "serverAuth");
    public static Oid ClientAuth => new("1.3.6.1.5.5.7.3.2", "clientAuth");
}
