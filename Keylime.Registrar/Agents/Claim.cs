using Keylime.Protocol.V2;

namespace Keylime.Registrar.Agents;

/// <summary>What a registration request says, decoded. Nothing of it is believed yet.</summary>
internal sealed record Claim
{
    private const int MaxAddressLength = 255;

    public ReadOnlyMemory<byte>? EkTpm { get; private init; }
    public CertificateText? EkCert { get; private init; }
    public ReadOnlyMemory<byte>? AkTpm { get; private init; }
    public ReadOnlyMemory<byte>? IakTpm { get; private init; }
    public CertificateText? IakCert { get; private init; }
    public ReadOnlyMemory<byte>? IdevidTpm { get; private init; }
    public CertificateText? IdevidCert { get; private init; }
    public ReadOnlyMemory<byte>? IakAttest { get; private init; }
    public ReadOnlyMemory<byte>? IakSign { get; private init; }
    public string? Ip { get; private init; }
    public int? Port { get; private init; }
    public bool MtlsDisabled { get; private init; }
    public CertificateText? MtlsCert { get; private init; }

    /// <summary>Decodes a request. The fault names the first member that cannot be.</summary>
    public static Claim? Decode(RegisterAgentRequest request, out string? fault)
    {
        var faults = new List<string>();
        ReadOnlyMemory<byte>? Bytes(string member, string? text)
        {
            if (string.IsNullOrEmpty(text)) return null;
            if (!BinaryText.TryDecode(text, out var bytes)) faults.Add($"{member} is neither base64 nor hex");
            return (ReadOnlyMemory<byte>)bytes;
        }
        CertificateText? Certificate(string member, string? text)
        {
            if (string.IsNullOrEmpty(text)) return null;
            var certificate = CertificateText.Parse(text);
            if (certificate is null) faults.Add($"{member} is not a certificate in PEM or base64 DER");
            return certificate;
        }
        var claim = new Claim
        {
            EkTpm = Bytes("ek_tpm", request.EkTpm),
            EkCert = Certificate("ekcert", request.EkCert),
            AkTpm = Bytes("aik_tpm", request.AikTpm),
            IakTpm = Bytes("iak_tpm", request.IakTpm),
            IakCert = Certificate("iak_cert", request.IakCert),
            IdevidTpm = Bytes("idevid_tpm", request.IdevidTpm),
            IdevidCert = Certificate("idevid_cert", request.IdevidCert),
            IakAttest = Bytes("iak_attest", request.IakAttest),
            IakSign = Bytes("iak_sign", request.IakSign),
            Ip = request.Ip is { Length: > 0 } address ? address : null,
            Port = request.Port,
            MtlsDisabled = request.MtlsCert is "disabled",
            MtlsCert = request.MtlsCert is "disabled" ? null : Certificate("mtls_cert", request.MtlsCert),
        };
        // Verifier and tenant make URLs of it.
        if (claim.Ip is { } ip && (ip.Length > MaxAddressLength || Uri.CheckHostName(ip) == UriHostNameType.Unknown)) faults.Add("ip is neither an address nor a host name");
        if (claim.Port is < 0 or > 65535) faults.Add("port is not a port number");
        fault = faults.FirstOrDefault();
        return fault is null ? claim : null;
    }

    /// <summary>Members whose certificate is not strictly DER.</summary>
    public IEnumerable<string> MalformedCertificates()
    {
        if (EkCert is { IsStrict: false }) yield return "ekcert";
        if (IakCert is { IsStrict: false }) yield return "iak_cert";
        if (IdevidCert is { IsStrict: false }) yield return "idevid_cert";
        if (MtlsCert is { IsStrict: false }) yield return "mtls_cert";
    }
}
