using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Agent.Payload;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Tpm.Devices;
using Keylime.Tpm.Structures;

namespace Keylime.Agent.Identity;

/// <summary>Finds out who this agent is: endorsement key, id, attestation key, payload key, certificate. What is missing is made and kept.</summary>
internal sealed class AgentProvisioning(AgentConfig config, TpmDevice tpm, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="ConfigurationException">A file or an option cannot be used.</exception>
    /// <exception cref="TpmUnavailableException">The TPM does not answer.</exception>
    /// <exception cref="TpmCommandException">The TPM refuses what the options ask for.</exception>
    public async Task<ProvisionedAgent> RunAsync(CancellationToken stop)
    {
        var endorsementKey = await FindEndorsementKeyAsync(stop);
        var hash = HashOf(endorsementKey.Public);
        var certificates = await ReadCertificatesAsync(endorsementKey, stop);
        var (attestationKey, origin) = await FindAttestationKeyAsync(endorsementKey, hash, stop);
        var id = AgentIdChoice.Resolve(config.Uuid, hash, out var wellFormed);
        return new(
            new()
            {
                Id = id,
                Algorithms = config.Algorithms,
                EndorsementKey = endorsementKey.Public.ToSizedBytes(),
                EndorsementCertificates = certificates,
                AttestationKey = attestationKey.Public.ToSizedBytes(),
                PayloadKey = new(PrivateKeyFile.LoadOrCreatePayloadKey(config.PayloadKeyPath, config.PayloadKeyPassword)),
                ServerCertificate = config.MutualTls ? LoadCertificate(id) : null,
            },
            attestationKey, origin, wellFormed);
    }

    private async Task<TpmEndorsementKey> FindEndorsementKeyAsync(CancellationToken stop) => config.EndorsementKeyHandle is { } handle
        ? await tpm.FindEndorsementKeyAsync(handle, stop) ?? throw new ConfigurationException($"agent: option ek_handle: the TPM has no endorsement key at 0x{handle:X8}")
        : await tpm.CreateEndorsementKeyAsync(config.Algorithms.EndorsementKey, stop);

    /// <summary>Hex of the SHA-256 over the key's PEM text, final newline included: Keylime's <c>hash_ek</c>.</summary>
    private static string HashOf(PublicArea key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", key.ExportSubjectPublicKeyInfo()) + "\n")));

    private async Task<string?> ReadCertificatesAsync(TpmEndorsementKey key, CancellationToken stop)
    {
        try
        {
            var certificates = await tpm.ReadCertificatesAsync(key, stop);
            return certificates.Count == 0 ? null : string.Concat(certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n"));
        }
        // An index that its owner keeps closed. Whether an agent without a certificate is welcome is for the tenant to say.
        catch (TpmCommandException) { return null; }
    }

    private async Task<(TpmAttestationKey Key, AttestationKeyOrigin Origin)> FindAttestationKeyAsync(TpmEndorsementKey parent, string hash, CancellationToken stop)
    {
        var origin = AttestationKeyOrigin.FirstStart;
        if (File.Exists(config.DataPath))
        {
            (var kept, origin) = await LoadAttestationKeyAsync(parent, hash, stop);
            if (kept is not null) return (kept, origin);
            // The new key will be refused by registrars that know the old one. Whoever mends that may need the old file.
            File.Move(config.DataPath, config.DataPath + ".rejected", overwrite: true);
        }
        var created = await tpm.CreateAttestationKeyAsync(parent, config.Algorithms.AttestationKey, stop);
        WholeFile.Write(config.DataPath, AgentData.Create(config.Algorithms, created.Public.ToBytes(), created.Private.ToArray(), hash).Write(), OwnerOnly);
        return (created, origin);
    }

    private async Task<(TpmAttestationKey? Key, AttestationKeyOrigin Origin)> LoadAttestationKeyAsync(TpmEndorsementKey parent, string hash, CancellationToken stop)
    {
        if (!AgentData.TryParse(File.ReadAllBytes(config.DataPath), out var data, out _) || !PublicArea.TryParse(data.Public, out var area, out _))
            return (null, AttestationKeyOrigin.FileUnreadable);
        if (!data.Fits(config.Algorithms, hash)) return (null, AttestationKeyOrigin.FileOfAnotherKey);
        return await tpm.LoadAttestationKeyAsync(parent, area, data.Private, stop) is { } key ? (key, AttestationKeyOrigin.Kept) : (null, AttestationKeyOrigin.RefusedByTpm);
    }

    private X509Certificate2 LoadCertificate(AgentId id)
    {
        using var key = PrivateKeyFile.LoadOrCreateServerKey(config.ServerKeyPath, config.ServerKeyPassword);
        return ServerCertificate.LoadOrCreate(config.ServerCertificatePath, key, id, config.ContactAddress, time.GetUtcNow());
    }
}

/// <summary>The agent's identity, its key in the TPM, and how they came about.</summary>
internal sealed record ProvisionedAgent(AgentIdentity Identity, TpmAttestationKey AttestationKey, AttestationKeyOrigin Origin, bool IsIdWellFormed);

/// <summary>Where the attestation key comes from.</summary>
internal enum AttestationKeyOrigin
{
    /// <summary>From the data file: the same as before the restart.</summary>
    Kept,
    /// <summary>New, because there was no data file.</summary>
    FirstStart,
    /// <summary>New, because the data file is damaged.</summary>
    FileUnreadable,
    /// <summary>New, because the data file is for other algorithms or another endorsement key.</summary>
    FileOfAnotherKey,
    /// <summary>New, because the TPM does not know the key of the data file.</summary>
    RefusedByTpm,
}
