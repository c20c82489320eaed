using System.Security.Cryptography;
using Keylime.Protocol;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.FleetSimulator.Machines;

/// <summary>The two keys of a simulated TPM, with the public areas that a real one would show.</summary>
internal abstract class TpmKeys : IDisposable
{
    private const TpmAlgorithm Hash = TpmAlgorithm.Sha256;

    /// <summary>A hierarchy's qualified name is its handle.</summary>
    private static readonly byte[] EndorsementHierarchy = [0x40, 0x00, 0x00, 0x0B];

    private TpmKeys(PublicArea endorsementKey, PublicArea attestationKey)
    {
        (EndorsementKey, AttestationKey) = (endorsementKey, attestationKey);
        Name = attestationKey.ComputeName();
        QualifiedName = Qualify(Qualify(EndorsementHierarchy, endorsementKey.ComputeName()), Name);
    }

    public PublicArea EndorsementKey { get; }

    public PublicArea AttestationKey { get; }

    /// <summary>Name of the attestation key.</summary>
    protected byte[] Name { get; }

    /// <summary>The attestation key's place in the TPM: below the endorsement key, which is below the endorsement hierarchy.</summary>
    /// <remarks>TPM 2.0 Part 1, Qualified Names (16.5).</remarks>
    public byte[] QualifiedName { get; }

    /// <summary>Wire name of the keys since API 2.5.</summary>
    public abstract string EncryptionAlgorithm { get; }

    /// <summary>The name that older versions know.</summary>
    public abstract string OldEncryptionAlgorithm { get; }

    public abstract string SigningAlgorithm { get; }

    public static TpmKeys Elliptic(FleetSeed seed, AgentId agent) => new EllipticKeys(seed.P256KeyOf(agent, "EK"), seed.P256KeyOf(agent, "AK"));

    public static TpmKeys Rsa(RSAParameters endorsementKey, RSAParameters attestationKey) => new RsaPair(endorsementKey, attestationKey);

    /// <summary>TPM2_ActivateCredential; null when the credential is for other keys.</summary>
    public abstract byte[]? Activate(CredentialBlob credential);

    /// <summary>The TPMT_SIGNATURE of the attestation key.</summary>
    public abstract Signature Sign(ReadOnlySpan<byte> message);

    public abstract void Dispose();

    private static byte[] Qualify(byte[] parent, byte[] name) => [(byte)((ushort)Hash >> 8), (byte)Hash, .. Hash.HashData([.. parent, .. name])];

    private sealed class EllipticKeys : TpmKeys
    {
        private readonly ECDiffieHellman _ek;
        private readonly ECDsa _ak;

        public EllipticKeys(ECParameters ek, ECParameters ak) : this(ECDiffieHellman.Create(ek), ECDsa.Create(ak)) { }

        private EllipticKeys(ECDiffieHellman ek, ECDsa ak) : base(
            EndorsementKeyTemplate.EccP256.Area with { Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, ek.ExportParameters(false)) },
            AttestationKeyTemplate.Ecc(TpmEccCurve.NistP256, Hash) with { Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, ak.ExportParameters(false)) }) =>
            (_ek, _ak) = (ek, ak);

        public override string EncryptionAlgorithm => "ecc256";

        public override string OldEncryptionAlgorithm => "ecc";

        public override string SigningAlgorithm => "ecdsa";

        public override byte[]? Activate(CredentialBlob credential) => ActivateCredential.WithEcc(EndorsementKey, _ek, Name, credential);

        public override Signature Sign(ReadOnlySpan<byte> message)
        {
            var signed = _ak.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            return new(TpmAlgorithm.Ecdsa, Hash, default, signed.AsMemory(0, signed.Length / 2), signed.AsMemory(signed.Length / 2));
        }

        public override void Dispose()
        {
            _ek.Dispose();
            _ak.Dispose();
        }
    }

    private sealed class RsaPair : TpmKeys
    {
        private readonly RSA _ek;
        private readonly RSA _ak;

        public RsaPair(RSAParameters ek, RSAParameters ak) : this(RSA.Create(ek), RSA.Create(ak)) { }

        private RsaPair(RSA ek, RSA ak) : base(
            EndorsementKeyTemplate.Rsa2048.Area with { Rsa = RsaPublic.FromParameters(ek.ExportParameters(false)) },
            AttestationKeyTemplate.Rsa((ushort)ak.KeySize, TpmAlgorithm.RsaSsa, Hash) with { Rsa = RsaPublic.FromParameters(ak.ExportParameters(false)) }) =>
            (_ek, _ak) = (ek, ak);

        public override string EncryptionAlgorithm => "rsa2048";

        public override string OldEncryptionAlgorithm => "rsa";

        public override string SigningAlgorithm => "rsassa";

        public override byte[]? Activate(CredentialBlob credential) => ActivateCredential.WithRsa(EndorsementKey, _ek, Name, credential);

        public override Signature Sign(ReadOnlySpan<byte> message) =>
            new(TpmAlgorithm.RsaSsa, Hash, _ak.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), default, default);

        public override void Dispose()
        {
            _ek.Dispose();
            _ak.Dispose();
        }
    }
}
