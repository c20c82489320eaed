using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation;
using Keylime.Attestation.Policies;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Benchmarks.Quotes;

/// <summary>What does a whole appraisal of a quote (PCRs 10 and 16, payload key, an empty piece of IMA list) cost over the signature's verification alone?</summary>
internal static class QuoteBenchmark
{
    private const string Nonce = "52414d67763831447855";
    private const string PayloadKey = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";

    public static void Run(Report report)
    {
        using var rsa = RSA.Create(2048);
        Compare(report, "quote appraisal, RSA-2048", "rsa", "rsassa",
            new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Scheme = new(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256), Rsa = new(2048, 0, rsa.ExportParameters(false).Modulus!) },
            attest => new(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256, rsa.SignData(attest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), default, default),
            (attest, signature) => rsa.VerifyData(attest, signature.Rsa.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = ecdsa.ExportParameters(false).Q;
        Compare(report, "quote appraisal, P-256", "ecc", "ecdsa",
            new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256), Ecc = new(TpmEccCurve.NistP256, point.X!, point.Y!) },
            attest =>
            {
                var signed = ecdsa.SignData(attest, HashAlgorithmName.SHA256);
                return new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256, default, signed.AsMemory(0, 32), signed.AsMemory(32));
            },
            (attest, signature) =>
            {
                Span<byte> joined = stackalloc byte[64];
                signature.R.Span.CopyTo(joined);
                signature.S.Span.CopyTo(joined[32..]);
                return ecdsa.VerifyData(attest, joined, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            });
    }

    private static void Compare(Report report, string what, string encryption, string signing, PublicArea area, Func<byte[], Signature> sign, Func<byte[], Signature, bool> verify)
    {
        if (!AttestationKey.TryCreate(area, out var key)) throw new InvalidOperationException("The benchmark's own key was refused.");
        var (evidence, attest, signature) = MakeEvidence(encryption, signing, sign);
        var policy = new AppraisalPolicy { AttestationKey = key, TpmPolicy = TpmPolicy.Empty, AcceptedAlgorithms = new(["sha256"], [encryption], [signing]) };
        var nonce = Encoding.UTF8.GetBytes(Nonce);
        var (measured, floor) = Measurement.Compare(
            () => Expect(Appraiser.Appraise(evidence, policy, AppraisalState.Initial, nonce, TimeProvider.System).Verdict == Verdict.Trusted),
            () => Expect(verify(attest, signature)));
        report.Add(what, measured, floor);
    }

    private static (Evidence Evidence, byte[] Attest, Signature Signature) MakeEvidence(string encryption, string signing, Func<byte[], Signature> sign)
    {
        var pcr16 = SHA256.HashData([.. new byte[32], .. SHA256.HashData(Encoding.UTF8.GetBytes(PayloadKey))]);
        PcrSelection[] selection = [new(TpmAlgorithm.Sha256, 1u << 10 | 1u << 16)];
        var pcrs = new PcrBlob(selection, [new(TpmAlgorithm.Sha256, 10, new byte[32]), new(TpmAlgorithm.Sha256, 16, pcr16)]);
        var attest = new Attest(new byte[34], Encoding.UTF8.GetBytes(Nonce), new(1000, 1, 0, true), 1) { Quote = new(selection, pcrs.ComputeDigest(TpmAlgorithm.Sha256)) }.ToBytes();
        var signature = sign(attest);
        return (new()
        {
            Attest = attest,
            Signature = signature.ToBytes(),
            Pcrs = pcrs.ToBytes(),
            HashAlgorithm = "sha256",
            EncryptionAlgorithm = encryption,
            SigningAlgorithm = signing,
            PayloadPublicKey = PayloadKey,
            ImaLog = ReadOnlyMemory<byte>.Empty,
        }, attest, signature);
    }

    private static void Expect(bool holds)
    {
        if (!holds) throw new InvalidOperationException("The benchmark measures something that does not pass.");
    }
}
