using Keylime.Attestation.Agents;

namespace Keylime.Storage.Verifier;

internal sealed class FreshnessStore(StoreContexts<VerifierContext> contexts, VerifierSql sql) : IFreshnessStore
{
    public Task<FreshnessReport?> SweepAsync(SweepRules rules, CancellationToken ct) => contexts.RunAsync(db => sql.SweepAsync(db, rules, ct), ct);
}
