using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>A TPM, with the operations that an agent needs. Each one opens a connection, leaves nothing loaded, and closes it, so that
/// several processes can share an swtpm. Operations may run at the same time; the TPM takes them one after the other.</summary>
/// <param name="transport">How the TPM is reached.</param>
/// <param name="time">Clock for pauses between attempts.</param>
/// <param name="endorsementAuth">Authorisation value of the endorsement hierarchy; Keylime: <c>tpm_ownerpassword</c>.</param>
public sealed class TpmDevice(ITpmTransport transport, TimeProvider? time = null, ReadOnlyMemory<byte> endorsementAuth = default)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    private Authorization Endorsement => Authorization.Password(endorsementAuth);

    /// <summary>The endorsement key that the TPM's seed gives for a template.</summary>
    public async Task<TpmEndorsementKey> CreateEndorsementKeyAsync(
        EndorsementKeyTemplate template, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        PublicArea? area = null;
        // Through a key's context, so that whoever uses the key next need not make it again.
        var key = new KeyContext();
        await key.LoadAsync(batch, async () =>
        {
            var created = await batch.CreatePrimaryAsync(template, Endorsement, cancellation);
            area = created.Public;
            return created.Handle;
        }, cancellation);
        return new(template, area!, persistentHandle: null) { Context = key };
    }

    /// <summary>The endorsement key under a persistent handle; null when the TPM has no key there, or one of an unknown policy.</summary>
    public async Task<TpmEndorsementKey?> FindEndorsementKeyAsync(uint persistentHandle, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        try
        {
            var area = (await batch.ExecuteAsync(new ReadPublicCommand(persistentHandle), cancellation)).Public;
            return EndorsementKeyTemplate.FindLike(area) is { } template ? new(template, area, persistentHandle) : null;
        }
        catch (TpmCommandException e) when (e.Response.IsFormatOne(TpmResponseCode.BadHandle))
        {
            return null;
        }
    }

    /// <summary>The key's certificate and those above it, DER; empty when the TPM holds none.</summary>
    public async Task<IReadOnlyList<byte[]>> ReadCertificatesAsync(TpmEndorsementKey key, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        return await batch.ReadCertificatesAsync(key.Template, Authorization.Password(), cancellation);
    }

    /// <summary>A new attestation key under the endorsement key, from a template of <see cref="AttestationKeyTemplate"/>.</summary>
    public async Task<TpmAttestationKey> CreateAttestationKeyAsync(
        TpmEndorsementKey parent, PublicArea template, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        var created = await batch.CreateAsync(parent, template, Endorsement, cancellation);
        return new(parent, created.Public, created.Private);
    }

    /// <summary>An attestation key that was created earlier; null when this TPM, or this endorsement key, does not know it.</summary>
    public async Task<TpmAttestationKey?> LoadAttestationKeyAsync(
        TpmEndorsementKey parent, PublicArea area, ReadOnlyMemory<byte> sealedPart, CancellationToken cancellation = default)
    {
        var key = new TpmAttestationKey(parent, area, sealedPart);
        await using var batch = await OpenAsync(cancellation);
        try
        {
            await batch.LoadAsync(key, Endorsement, cancellation);
            return key;
        }
        catch (TpmCommandException e) when (e.Command == TpmCommandCode.Load && e.Response.IsParameterFault)
        {
            // About the key itself. A TPM that is short of room or locked out says otherwise, and the key must not be given up for it.
            return null;
        }
    }

    /// <summary>The secret of a credential that was made for both keys.</summary>
    /// <exception cref="TpmCommandException">It was made for others: TPM_RC_INTEGRITY, or what the TPM calls it.</exception>
    public async Task<byte[]> ActivateCredentialAsync(
        TpmAttestationKey key, CredentialBlob credential, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        var keyHandle = await batch.LoadAsync(key, Endorsement, cancellation);
        var parentHandle = await batch.LoadAsync(key.Parent, Endorsement, cancellation);
        var policy = await batch.SatisfyPolicyAsync(key.Parent, Endorsement, cancellation);
        var activated = await batch.ExecuteAsync(
            new ActivateCredentialCommand(keyHandle, Authorization.Password(), parentHandle, policy, credential), cancellation);
        return activated.Secret.ToArray();
    }

    /// <summary>A quote whose PCR values are those that it signs.</summary>
    public async Task<TpmQuote> QuoteAsync(TpmAttestationKey key, QuoteRequest request, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        var handle = await batch.LoadAsync(key, Endorsement, cancellation);
        return await batch.QuoteAsync(handle, request, cancellation);
    }

    /// <summary>PCR values. PCRs of banks that are not active are missing from the result.</summary>
    public async Task<PcrBlob> ReadPcrsAsync(IReadOnlyList<PcrSelection> pcrs, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        return await batch.ReadPcrsAsync(pcrs, cancellation);
    }

    /// <summary>Extends a PCR in each bank that a digest is given for.</summary>
    public async Task ExtendPcrAsync(
        int pcr, IReadOnlyDictionary<TpmAlgorithm, ReadOnlyMemory<byte>> digests, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        await batch.ExecuteAsync(new PcrExtendCommand((uint)pcr, Authorization.Password(), digests), cancellation);
    }

    /// <summary>Sets a resettable PCR to zero in all banks.</summary>
    public async Task ResetPcrAsync(int pcr, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        await batch.ExecuteAsync(new PcrResetCommand((uint)pcr, Authorization.Password()), cancellation);
    }

    /// <summary>The banks that have PCRs.</summary>
    public async Task<IReadOnlyList<TpmAlgorithm>> ReadActiveBanksAsync(CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        var answer = await batch.ExecuteAsync(new GetCapabilityCommand(TpmCapability.Pcrs, 0, 1), cancellation);
        return [.. answer.Pcrs.Where(bank => bank.Mask != 0).Select(bank => bank.Bank)];
    }

    /// <summary>A capability as the TPM states it, for what has no operation of its own.</summary>
    public async Task<GetCapabilityResponse> ReadCapabilityAsync(
        TpmCapability capability, uint first, uint count, CancellationToken cancellation = default)
    {
        await using var batch = await OpenAsync(cancellation);
        return await batch.ExecuteAsync(new GetCapabilityCommand(capability, first, count), cancellation);
    }

    private Task<TpmBatch> OpenAsync(CancellationToken cancellation) => TpmBatch.OpenAsync(transport, _time, cancellation);
}
