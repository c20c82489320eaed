using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tpm;
using Keylime.Tpm.Structures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Keylime.Verifier.Tests;

/// <summary>A whole agent in this process: its own TLS identity, a software key in the role of the TPM's, real quotes over real nonces, an IMA list
/// that it measures into. It can be told to misbehave.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private const int ImaPcr = 10, PayloadPcr = 16;
    private const string Unsupported = "API version not supported: ";

    private readonly Lock _gate = new();
    private readonly ECDsa _attestationKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<string> _imaLog = [];
    private readonly List<byte[]> _extended = [];
    // What was asked is written on the server's threads and read on the tests'. Guarded by _gate, and handed out as copies.
    private readonly List<IReadOnlyDictionary<string, string>> _requests = [];
    private readonly HashSet<string> _spokenVersions = [];
    private readonly List<byte[]> _receivedV = [];
    private readonly List<RevocationNotification> _notifications = [];
    private readonly HashSet<string> _connections = [];
    private readonly WebApplication _app;
    private RSA _payloadKey = RSA.Create(2048);
    private ulong _clock = 1000;
    private uint _resetCount = 1;

    private TestAgent(string id, WebApplication app, X509Certificate2 certificate) => (Id, _app, Certificate) = (id, app, certificate);

    public string Id { get; }
    public X509Certificate2 Certificate { get; }
    public int Port => new Uri(_app.Urls.First()).Port;
    public string AkTpm => Convert.ToBase64String(AkArea.ToSizedBytes());

    /// <summary>Changes the bytes of an answer's quote on their way out.</summary>
    public Func<QuoteResponse, QuoteResponse> Tamper { get; set; } = answer => answer;
    /// <summary>Answers every request instead of the agent, when set.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }
    public bool WrongNonce { get; set; }
    public IReadOnlyList<string> Versions { get; set; } = ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6"];
    /// <summary>Requests for quotes: the query, in order.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Requests => Copy(_requests);
    /// <summary>Versions of these requests.</summary>
    public IReadOnlyList<string> SpokenVersions => Copy(_spokenVersions);
    public IReadOnlyList<byte[]> ReceivedV => Copy(_receivedV);
    public IReadOnlyList<RevocationNotification> Notifications => Copy(_notifications);
    /// <summary>TLS connections that were made.</summary>
    public IReadOnlyList<string> Connections => Copy(_connections);
    /// <summary>Quotes that were given.</summary>
    public int Answered
    {
        get { lock (_gate) return _requests.Count; }
    }

    public static async Task<TestAgent> StartAsync(string id, X509Certificate2 clientAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={id}", key, HashAlgorithmName.SHA256);
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.ListenTls(IPAddress.Loopback, 0, new(TlsIdentity.From(certificate), CertificateTrust.In([clientAuthority]), ClientCertificates.Mandatory));
        var agent = new TestAgent(id, builder.Build(), certificate);
        agent._app.Run(agent.AnswerAsync);
        agent.Measure("boot_aggregate", "aggregate");
        await agent._app.StartAsync();
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _attestationKey.Dispose();
        _payloadKey.Dispose();
    }

    /// <summary>Measures a file into the IMA list and PCR 10. The digest is that of the content.</summary>
    public void Measure(string path, string content)
    {
        lock (_gate)
        {
            var digest = DigestOf(content);
            byte[] data = [.. Sized([.. "sha256:"u8, 0, .. digest]), .. Sized([.. Encoding.UTF8.GetBytes(path), 0])];
            _imaLog.Add($"10 {Convert.ToHexStringLower(SHA1.HashData(data))} ima-ng sha256:{Convert.ToHexStringLower(digest)} {path}\n");
            _extended.Add(SHA256.HashData(data));
        }
    }

    /// <summary>Starts the machine anew: counters, clock and list begin again, with the given measurements.</summary>
    public void Reboot(params string[] paths)
    {
        lock (_gate)
        {
            (_resetCount, _clock) = (_resetCount + 1, 1);
            _imaLog.Clear();
            _extended.Clear();
        }
        Measure("boot_aggregate", "aggregate");
        foreach (var path in paths) Measure(path, path);
    }

    /// <summary>A new payload key, as after a restart of the agent's process.</summary>
    public void RenewPayloadKey()
    {
        lock (_gate) _payloadKey = RSA.Create(2048);
    }

    public byte[] DecryptV(byte[] encrypted) => _payloadKey.Decrypt(encrypted, RSAEncryptionPadding.OaepSHA1);

    /// <summary>A runtime policy that allows what these measurements are: each path with itself as its content.</summary>
    public static string PolicyFor(params string[] paths)
    {
        var digests = string.Join(",", paths.Select(path => $"\"{path}\":[\"{Convert.ToHexStringLower(DigestOf(path))}\"]")
            .Prepend($"\"boot_aggregate\":[\"{Convert.ToHexStringLower(DigestOf("aggregate"))}\"]"));
        return $$$"""{"meta":{"version":1,"generator":2},"release":0,"digests":{{{{digests}}}},"excludes":[],"keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}""";
    }

    private PublicArea AkArea => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
        Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, _attestationKey.ExportParameters(false)),
    };

    private List<T> Copy<T>(IEnumerable<T> kept)
    {
        lock (_gate) return [.. kept];
    }

    private static byte[] DigestOf(string content) => SHA256.HashData(Encoding.UTF8.GetBytes(content));

    private static byte[] Sized(byte[] bytes) => [.. BitConverter.GetBytes(bytes.Length), .. bytes];

    private async Task AnswerAsync(HttpContext context)
    {
        lock (_gate) _connections.Add(context.Connection.Id);
        if (Instead is { } instead)
        {
            await instead(context);
            return;
        }
        var path = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is ["version"])
        {
            await Results.Json(new Envelope<AgentVersionResponse>(200, "Success", new(Versions[^1], Versions)), KeylimeJson.Default.EnvelopeAgentVersionResponse).ExecuteAsync(context);
            return;
        }
        if (!Versions.Contains(path[0][1..])) await AnswerNothingAsync(context, 400, Unsupported + path[0]);
        else if (path is [_, "quotes", "integrity"])
            await Results.Json(new Envelope<QuoteResponse>(200, "Success", Quote(path[0], context.Request.Query)), KeylimeJson.Default.EnvelopeQuoteResponse).ExecuteAsync(context);
        else if (path is [_, "keys", "vkey"])
        {
            var request = (await context.Request.ReadFromJsonAsync(KeylimeJson.Default.VKeyRequest))!;
            lock (_gate) _receivedV.Add(Convert.FromBase64String(request.EncryptedKey!));
            await AnswerNothingAsync(context, 200, "Success");
        }
        else if (path is [_, "notifications", "revocation"])
        {
            var notification = (await context.Request.ReadFromJsonAsync(KeylimeJson.Default.RevocationNotification))!;
            lock (_gate) _notifications.Add(notification);
            await AnswerNothingAsync(context, 200, "Success");
        }
        else await AnswerNothingAsync(context, 404, "Not found");
    }

    private static Task AnswerNothingAsync(HttpContext context, int status, string message) =>
        Results.Json(new Envelope<Nothing>(status, message, new()), KeylimeJson.Default.EnvelopeNothing, statusCode: status).ExecuteAsync(context);

    private QuoteResponse Quote(string version, IQueryCollection query)
    {
        lock (_gate)
        {
            _requests.Add(query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()));
            _spokenVersions.Add(version);
            var mask = Convert.ToUInt32(query["mask"].ToString(), 16) | 1u << PayloadPcr;
            var key = _payloadKey.ExportSubjectPublicKeyInfoPem() + "\n";
            var entry = int.Parse(query["ima_ml_entry"]!, CultureInfo.InvariantCulture);
            if (entry > _imaLog.Count) entry = 0;
            var blob = ReadPcrs(mask, key);
            var nonce = Encoding.ASCII.GetBytes(WrongNonce ? new string('x', 20) : query["nonce"].ToString());
            var attest = new Attest(new byte[34], nonce, new(_clock++, _resetCount, 0, Safe: true), 1)
            {
                Quote = new(blob.Selections, blob.ComputeDigest(TpmAlgorithm.Sha256)),
            }.ToBytes();
            var signature = _attestationKey.SignData(attest, HashAlgorithmName.SHA256);
            var tpmSignature = new Signature(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256, default, signature.AsMemory(0, 32), signature.AsMemory(32)).ToBytes();
            return Tamper(new()
            {
                Quote = $"r{Convert.ToBase64String(attest)}:{Convert.ToBase64String(tpmSignature)}:{Convert.ToBase64String(blob.ToBytes())}",
                HashAlg = "sha256",
                EncAlg = "ecc",
                SignAlg = "ecdsa",
                Pubkey = query["partial"] == "0" ? key : null,
                ImaMeasurementList = string.Concat(_imaLog.Skip(entry)),
                ImaMeasurementListEntry = entry,
            });
        }
    }

    private PcrBlob ReadPcrs(uint mask, string payloadKey)
    {
        var selection = new PcrSelection(TpmAlgorithm.Sha256, mask);
        return new([selection], [.. selection.Pcrs.Select(pcr => new PcrValue(TpmAlgorithm.Sha256, pcr, pcr switch
        {
            ImaPcr => _extended.Aggregate(new byte[32], Extend),
            PayloadPcr => Extend(new byte[32], DigestOf(payloadKey)),
            _ => new byte[32],
        }))]);
    }

    private static byte[] Extend(byte[] value, byte[] digest) => SHA256.HashData([.. value, .. digest]);
}
