using System.Security.Cryptography;
using System.Text;
using Keylime.Fuzz.Engine;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>TPM structures. What was read is written back as the same bytes, except the PCR blob, which has padding that nobody reads.</summary>
internal static class TpmTargets
{
    private static readonly byte[] Name = [0, 0x0B, .. new byte[32]];
    private static readonly PcrSelection[] Pcrs = [new(TpmAlgorithm.Sha256, 1u << 10 | 1u << 16), new(TpmAlgorithm.Sha1, 0xFF)];

    private static readonly IReadOnlyList<byte[]> Dictionary =
    [
        [0xFF, 0x54, 0x43, 0x47], [0x80, 0x18], [0x80, 0x17], [0xBA, 0xDC, 0xC0, 0xDE], [0, 0, 0, 1],
        // TPM_ALG and curve numbers.
        [0, 0x01], [0, 0x04], [0, 0x05], [0, 0x06], [0, 0x08], [0, 0x0B], [0, 0x0C], [0, 0x0D], [0, 0x10], [0, 0x14], [0, 0x16], [0, 0x18], [0, 0x23], [0, 0x43], [0, 0x03],
        // Attributes of endorsement and attestation keys.
        [0, 3, 0, 0xB2], [0, 5, 0, 0x72],
    ];

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("tpm-attest", input => Attest.TryParse(input, out var attest, out var error) ? Same(input, attest.ToBytes()) : Located(error, input),
        [
            new Attest(Name, "nonce"u8.ToArray(), new(1000, 1, 0, true), 1) { Quote = new(Pcrs, new byte[32]) }.ToBytes(),
            new Attest(Name, default, new(1, 2, 3, false), 4) { Certify = new(Name, Name) }.ToBytes(),
        ]) { Dictionary = Dictionary },
        new("tpm-signature", input => Signature.TryParse(input, out var signature, out var error) ? Same(input, signature.ToBytes()) : Located(error, input),
        [
            new Signature(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256, new byte[256], default, default).ToBytes(),
            new Signature(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha384, default, new byte[48], new byte[47]).ToBytes(),
        ]) { Dictionary = Dictionary },
        new("tpm-public", RunPublic, [.. Areas().Select(area => area.ToBytes())]) { Dictionary = Dictionary },
        new("tpm-public-sized", input => PublicArea.TryParseSized(input, out var area, out var error) ? Same(input, area.ToSizedBytes()) : Located(error, input),
            [.. Areas().Select(area => area.ToSizedBytes())]) { Dictionary = Dictionary },
        new("tpm-quote-info", input => QuoteInfo.TryParse(input, out var quote, out var error) ? quote.Pcrs.Count : Located(error, input),
            [[0, 0, 0, 2, 0, 0x0B, 3, 0, 4, 1, 0, 4, 3, 0xFF, 0, 0, 0, 2, 1, 2]]) { Dictionary = Dictionary },
        new("tpm-pcrs", RunPcrs, [PcrBlobOf(Pcrs), PcrBlobOf([]), PcrBlobOf([new(TpmAlgorithm.Sha512, 0xFFFFFF)])]) { Dictionary = [[4, 0, 3], [0x0B, 0, 3], [20, 0], [32, 0]], MaxBytes = 8192 },
        new("tpm-credential", input => CredentialBlob.TryParse(input, out var blob, out var error) ? Same(input, blob.ToBytes()) : Located(error, input),
            [new CredentialBlob(new byte[32], new byte[34], new byte[256]).ToBytes()]) { Dictionary = Dictionary },
        new("key-pem", RunKeyPem, [.. Areas().Select(area => Encoding.ASCII.GetBytes(WritePem(area)))])
            { Dictionary = FuzzTarget.Words("-----BEGIN PUBLIC KEY-----\n", "-----END PUBLIC KEY-----\n", "=", "MII", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"), FixedAllocation = 512 * 1024 },
        TpmResponseTarget.Target,
    ];

    /// <summary>The error of a structure that was refused: a fault, at a place in the input or right behind it.</summary>
    internal static int Located(ParseError error, byte[] input)
    {
        Require(error.Fault != ParseFault.None, "is refused without a fault");
        Require(error.Offset >= 0 && error.Offset <= input.Length, "is refused at a place outside the input");
        return HashCode.Combine(error.Fault, error.Offset);
    }

    internal static int Same(byte[] input, byte[] written)
    {
        Require(input.AsSpan().SequenceEqual(written), "is not written as it was read");
        return 1;
    }

    private static int RunPublic(byte[] input)
    {
        if (!PublicArea.TryParse(input, out var area, out var error)) return Located(error, input);
        Same(input, area.ToBytes());
        Require(area.ExportSubjectPublicKeyInfo().Length > 0 && area.ComputeName().Length > 2, "has no key or name");
        // Only few inputs get here: import of a key is what costs.
        if (AttestationKey.TryCreate(area, out var key)) key.Dispose();
        return 1;
    }

    private static int RunKeyPem(byte[] input)
    {
        if (!KeyPem.TryReadArea(Encoding.UTF8.GetString(input), ObjectAttributes.AttestationKey, out var area)) return 0;
        Require(KeyPem.TryReadArea(WritePem(area), ObjectAttributes.AttestationKey, out var again) && again.ToBytes().AsSpan().SequenceEqual(area.ToBytes()), "is another key after it was written");
        return area.Rsa is null ? 1 : 2;
    }

    private static string WritePem(PublicArea area) => PemEncoding.WriteString("PUBLIC KEY", area.ExportSubjectPublicKeyInfo());

    private static int RunPcrs(byte[] input)
    {
        if (!PcrBlob.TryParse(input, out var blob, out var error)) return Located(error, input);
        Require(blob.Values.Count == blob.Selections.Sum(selection => selection.Count), "has other values than it selects");
        Require(PcrBlob.TryParse(blob.ToBytes(), out var again, out _), "cannot be read after it was written");
        Require(blob.ComputeDigest(TpmAlgorithm.Sha256).AsSpan().SequenceEqual(again!.ComputeDigest(TpmAlgorithm.Sha256)), "has other values after it was written");
        Require(PcrSelection.SamePcrs(blob.Selections, again.Selections), "selects other PCRs after it was written");
        return blob.Values.Count;
    }

    private static byte[] PcrBlobOf(PcrSelection[] selections) =>
        new PcrBlob(selections, [.. selections.SelectMany(selection => selection.Pcrs, (selection, pcr) => new PcrValue(selection.Bank, pcr, new byte[selection.Bank.DigestBytes()]))]).ToBytes();

    private static IEnumerable<PublicArea> Areas()
    {
        var modulus = new byte[256];
        modulus[0] = 0x80;
        modulus[^1] = 1;
        yield return new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Scheme = new(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256), Rsa = new(2048, 0, modulus) };
        // The base point of P-256.
        yield return new()
        {
            NameAlgorithm = TpmAlgorithm.Sha256,
            Attributes = ObjectAttributes.AttestationKey,
            Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
            Ecc = new(TpmEccCurve.NistP256,
                Convert.FromHexString("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"),
                Convert.FromHexString("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")),
        };
    }
}
