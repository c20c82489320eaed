using Keylime.Tpm.Commands;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>What is done with attestation keys inside a batch.</summary>
internal static class AttestationKeyOperations
{
    public static async Task<CreateResponse> CreateAsync(
        this TpmBatch batch, TpmEndorsementKey parent, PublicArea template, Authorization endorsement, CancellationToken cancellation)
    {
        var parentHandle = await batch.LoadAsync(parent, endorsement, cancellation);
        var policy = await batch.SatisfyPolicyAsync(parent, endorsement, cancellation);
        var created = await batch.ExecuteAsync(new CreateCommand(parentHandle, policy, template), cancellation);
        await batch.FlushAsync(policy.Session);
        return created;
    }

    public static Task<uint> LoadAsync(
        this TpmBatch batch, TpmAttestationKey key, Authorization endorsement, CancellationToken cancellation) =>
        key.Context.LoadAsync(batch, () => batch.LoadFromPartsAsync(key, endorsement, cancellation), cancellation);

    private static async Task<uint> LoadFromPartsAsync(
        this TpmBatch batch, TpmAttestationKey key, Authorization endorsement, CancellationToken cancellation)
    {
        var parentHandle = await batch.LoadAsync(key.Parent, endorsement, cancellation);
        var policy = await batch.SatisfyPolicyAsync(key.Parent, endorsement, cancellation);
        var loaded = await batch.ExecuteAsync(new LoadCommand(parentHandle, policy, key.Private, key.Public), cancellation);
        batch.Track(loaded.Handle);
        await batch.FlushAsync(policy.Session);
        if (TpmHandle.IsTransient(parentHandle)) await batch.FlushAsync(parentHandle);
        return loaded.Handle;
    }
}
