using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Policies;
using Keylime.Protocol.V2;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Tests;

/// <summary>A machine with a software attestation key: real signatures over whatever PCRs, clock and nonce a test calls for.</summary>
internal sealed class TestAgent(TpmAlgorithm bank = TpmAlgorithm.Sha256) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public const string PayloadKey = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";

    public SortedDictionary<int, byte[]> Pcrs { get; } = new() { [10] = new byte[bank.DigestBytes()], [16] = PayloadPcr(bank, PayloadKey) };

    public ClockInfo Clock { get; set; } = new(1000, 1, 0, Safe: true);

    public string? ImaLog { get; set; } = "";

    public long ImaFirstEntry { get; set; }

    public AppraisalPolicy Policy(string tpmPolicy = "{}", RuntimePolicy? runtimePolicy = null)
    {
        var point = _key.ExportParameters(false).Q;
        var area = new PublicArea
        {
            NameAlgorithm = TpmAlgorithm.Sha256,
            Attributes = ObjectAttributes.AttestationKey,
            Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
            Ecc = new(TpmEccCurve.NistP256, point.X!, point.Y!),
        };
        Assert.True(AttestationKey.TryCreate(area, out var key));
        Assert.True(TpmPolicy.TryParse(tpmPolicy, out var pins, out var fault), fault?.ToString());
        return new()
        {
            AttestationKey = key,
            TpmPolicy = pins,
            RuntimePolicy = runtimePolicy,
            AcceptedAlgorithms = new(["sha256"], ["ecc"], ["ecdsa"]),
        };
    }

    /// <summary>Answers a request, as the Rust agent does on the wire.</summary>
    public QuoteResponse Answer(string nonce)
    {
        var selection = new[] { new PcrSelection(bank, Pcrs.Keys.Aggregate(0u, (mask, pcr) => mask | 1u << pcr)) };
        var blob = new PcrBlob(selection, [.. Pcrs.Select(pcr => new PcrValue(bank, pcr.Key, pcr.Value))]);
        var attest = new Attest(new byte[34], Encoding.UTF8.GetBytes(nonce), Clock, 1) { Quote = new(selection, blob.ComputeDigest(TpmAlgorithm.Sha256)) }.ToBytes();
        var signed = _key.SignData(attest, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var signature = new Signature(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256, default, signed.AsMemory(0, 32), signed.AsMemory(32)).ToBytes();
        return new()
        {
            Quote = $"r{Convert.ToBase64String(attest)}:{Convert.ToBase64String(signature)}:{Convert.ToBase64String(blob.ToBytes())}",
            HashAlg = "sha256",
            EncAlg = "ecc256",
            SignAlg = "ecdsa",
            Pubkey = PayloadKey,
            ImaMeasurementList = ImaLog,
            ImaMeasurementListEntry = ImaFirstEntry,
        };
    }

    public Evidence Attest(string nonce, Func<QuoteResponse, QuoteResponse>? change = null)
    {
        Assert.True(Evidence.TryRead((change ?? (answer => answer))(Answer(nonce)), out var evidence, out var failure), failure?.Detail);
        return evidence;
    }

    /// <summary>Measures a file: extends PCR 10 and appends to the list.</summary>
    public void Measure(string path, string digestHex)
    {
        byte[] digest = [.. "sha256:\0"u8, .. Convert.FromHexString(digestHex)];
        byte[] name = [.. Encoding.UTF8.GetBytes(path), 0];
        byte[] data = [.. BitConverter.GetBytes(digest.Length), .. digest, .. BitConverter.GetBytes(name.Length), .. name];
        ImaLog += $"10 {Convert.ToHexStringLower(SHA1.HashData(data))} ima-ng sha256:{digestHex} {path}\n";
        bank.Extend(Pcrs[10] = [.. Pcrs[10]], bank.HashData(data));
    }

    public void Dispose() => _key.Dispose();

    private static byte[] PayloadPcr(TpmAlgorithm bank, string key) => bank.HashData([.. new byte[bank.DigestBytes()], .. bank.HashData(Encoding.UTF8.GetBytes(key))]);
}
