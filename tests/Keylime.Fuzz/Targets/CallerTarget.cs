using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Fuzz.Engine;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Http;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>The header Client-Cert on a connection of the gateway. Nobody can make a certificate of the fuzzer's authority, so all are anonymous.</summary>
internal static class CallerTarget
{
    private static readonly Lazy<(CallerIdentification Identification, X509Certificate2 Gateway)> Server = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(GatewayIdentity.Uri));
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return (new(CertificateTrust.In([certificate])), certificate);
    });

    public static FuzzTarget Target { get; } = new("client-cert", Run, FuzzTarget.Words(":MAA=:", "::"))
    {
        Dictionary = FuzzTarget.Words(":", "=", "MII", "MAA="),
        FixedAllocation = 1 << 20,
    };

    private static int Run(byte[] input)
    {
        var context = new DefaultHttpContext();
        context.Connection.ClientCertificate = Server.Value.Gateway;
        context.Request.Headers[CallerIdentification.ClientCertHeader] = Encoding.Latin1.GetString(input);
        Require(Server.Value.Identification.Identify(context).Name is null, "is somebody");
        return 0;
    }
}
