using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;

namespace Keylime.Tpm.Devices;

/// <summary>What is done with endorsement keys inside a batch.</summary>
internal static class EndorsementKeyOperations
{
    public static async Task<CreatePrimaryResponse> CreatePrimaryAsync(
        this TpmBatch batch, EndorsementKeyTemplate template, Authorization endorsement, CancellationToken cancellation)
    {
        var created = await batch.ExecuteAsync(new CreatePrimaryCommand(TpmHandle.Endorsement, endorsement, template.Area), cancellation);
        batch.Track(created.Handle);
        return created;
    }

    public static async Task<uint> LoadAsync(
        this TpmBatch batch, TpmEndorsementKey key, Authorization endorsement, CancellationToken cancellation) =>
        key.PersistentHandle ?? await key.Context.LoadAsync(
            batch, async () => (await batch.CreatePrimaryAsync(key.Template, endorsement, cancellation)).Handle, cancellation);

    /// <summary>A session that satisfies the policy of endorsement keys; good for one command.</summary>
    public static async Task<Authorization> SatisfyPolicyAsync(
        this TpmBatch batch, TpmEndorsementKey key, Authorization endorsement, CancellationToken cancellation)
    {
        var session = await batch.StartPolicyAsync(key.Template.Area.NameAlgorithm, cancellation);
        await batch.ExecuteAsync(new PolicySecretCommand(TpmHandle.Endorsement, endorsement, session), cancellation);
        if (key.Template.PolicyBranches.Count > 0)
            await batch.ExecuteAsync(new PolicyOrCommand(session, key.Template.PolicyBranches), cancellation);
        return Authorization.Policy(session);
    }
}
