using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Protocol;
using Keylime.Protocol.Payloads;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tpm;
using Keylime.Tpm.Structures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keylime.Tenant.Tests;

/// <summary>A machine whose TPM keys are in software: an agent on the real protocol, with real signatures, that a test can make lie.</summary>
internal sealed class SoftwareMachine : IAsyncDisposable
{
    private readonly ECDsa _attestationKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _endorsementKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _payloadKey = RSA.Create(2048);
    private readonly X509Certificate2 _tls;
    private WebApplication _app = null!;

    private SoftwareMachine(string id)
    {
        Id = id;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _tls = new CertificateRequest($"CN={id}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddDays(1));
        PayloadPem = _payloadKey.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    public string Id { get; }

    public string PayloadPem { get; set; }

    public int Port => new Uri(_app.Urls.Single()).Port;

    /// <summary>Changes an answer to a quote request before it is sent.</summary>
    public Func<QuoteResponse, QuoteResponse> Lie { get; set; } = answer => answer;

    /// <summary>What the quoted PCR is extended with.</summary>
    public string BoundText { get; set; } = "";

    /// <summary>The quoted PCR.</summary>
    public int Pcr { get; set; } = 16;

    /// <summary>Nonces that the machine answers instead of the one it was asked with.</summary>
    public string? OldNonce { get; set; }

    /// <summary>The key, once it was delivered; a test may take it away.</summary>
    public byte[]? K { get; set; }

    /// <summary>The other share, which the verifier would deliver.</summary>
    public byte[]? V { get; set; }

    public UKeyRequest? Delivered { get; private set; }

    public X509Certificate2 IssueEkCertificate(X509Certificate2 issuer, ECDsa? otherKey = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=ek"), otherKey ?? _endorsementKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyAgreement, true));
        return request.Create(issuer, issuer.NotBefore, issuer.NotAfter, RandomNumberGenerator.GetBytes(8));
    }

    public RegistrarAgentResponse Registration(X509Certificate2? ekCertificate) => new()
    {
        AgentId = Id,
        Ip = "127.0.0.1",
        Port = Port,
        Regcount = 1,
        AikTpm = Convert.ToBase64String(Area(_attestationKey, ObjectAttributes.AttestationKey, new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256)).ToSizedBytes()),
        EkTpm = Convert.ToBase64String(Area(_endorsementKey, ObjectAttributes.AttestationKey, KeyScheme.Null).ToSizedBytes()),
        EkCert = ekCertificate is null ? null : Convert.ToBase64String(ekCertificate.RawData),
        MtlsCert = _tls.ExportCertificatePem(),
    };

    public static async Task<SoftwareMachine> StartAsync(string id, CertificateTrust clients)
    {
        var machine = new SoftwareMachine(id);
        machine.BoundText = machine.PayloadPem;
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults(KeylimeSettings.Load("agent", new Dictionary<string, string>(), "/nowhere"));
        builder.Logging.ClearProviders();
        builder.ListenTls(IPAddress.Loopback, 0, new(TlsIdentity.From(machine._tls), clients, ClientCertificates.Mandatory));
        machine._app = builder.Build();
        machine._app.UseKeylimeHttp(new() { Versions = ApiVersion.AgentSupported });
        machine._app.MapGet("/version", () => Answers.Ok(new AgentVersionResponse("2.6", ["2.5", "2.6"]))).AllowEveryone();
        machine._app.MapGet("/v2/quotes/identity", (string nonce) => Answers.Ok(machine.Lie(machine.Quote(machine.OldNonce ?? nonce)))).RequireAdmin();
        machine._app.MapPost("/v2/keys/ukey", (Delegate)machine.TakeAsync).RequireAdmin();
        machine._app.MapGet("/v2/keys/verify", (string challenge) => machine.K is { } k ? Answers.Ok(new VerifyKeyResponse(KeyShares.Prove(k, challenge))) : Answers.Error(400, "Bootstrap key not yet available.")).RequireAdmin();
        await machine._app.StartAsync();
        return machine;
    }

    public QuoteResponse Quote(string nonce)
    {
        byte[] pcr = SHA256.HashData([.. new byte[32], .. SHA256.HashData(Encoding.UTF8.GetBytes(BoundText))]);
        var selection = new[] { new PcrSelection(TpmAlgorithm.Sha256, 1u << Pcr) };
        var blob = new PcrBlob(selection, [new PcrValue(TpmAlgorithm.Sha256, Pcr, pcr)]);
        var attest = new Attest(new byte[34], Encoding.UTF8.GetBytes(nonce), new(1, 1, 0, Safe: true), 1) { Quote = new(selection, blob.ComputeDigest(TpmAlgorithm.Sha256)) }.ToBytes();
        var signed = _attestationKey.SignData(attest, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var signature = new Signature(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256, default, signed.AsMemory(0, 32), signed.AsMemory(32)).ToBytes();
        return new()
        {
            Quote = $"r{Convert.ToBase64String(attest)}:{Convert.ToBase64String(signature)}:{Convert.ToBase64String(blob.ToBytes())}",
            HashAlg = "sha256",
            EncAlg = "ecc256",
            SignAlg = "ecdsa",
            Pubkey = PayloadPem,
        };
    }

    /// <summary>Decrypts what was delivered, given the verifier's share.</summary>
    public byte[]? DecryptPayload()
    {
        var u = _payloadKey.Decrypt(Convert.FromBase64String(Delivered!.EncryptedKey!), RSAEncryptionPadding.OaepSHA1);
        K = KeyShares.Combine(u, V);
        Assert.True(KeyShares.IsProof(K, Id, Delivered.AuthTag));
        Assert.True(PayloadCipher.TryDecrypt(K, Convert.FromBase64String(Delivered.Payload!), out var clear));
        return clear;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _attestationKey.Dispose();
        _endorsementKey.Dispose();
        _payloadKey.Dispose();
        _tls.Dispose();
    }

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        var reading = await JsonBody.ReadAsync(context, KeylimeJson.Default.UKeyRequest, 2 * 1024 * 1024);
        if (!reading.IsGood) return reading.Refusal;
        Delivered = reading.Body.Value;
        return Answers.Ok();
    }

    private static PublicArea Area(ECDsa key, ObjectAttributes attributes, KeyScheme scheme)
    {
        var point = key.ExportParameters(false).Q;
        return new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = attributes, Scheme = scheme, Ecc = new(TpmEccCurve.NistP256, point.X!, point.Y!) };
    }
}
