using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Attestation.Registrations;

/// <summary>The registrar's records. Whoever changes one passes the record that the decision was based on, and is refused when it is another one by now: registrars
/// work on one id at once without a lock.</summary>
/// <remarks>All members throw <see cref="StoreUnavailableException"/> in an outage.</remarks>
public interface IRegistrationStore
{
    /// <summary>One record, active or not, or null.</summary>
    Task<Registration?> FindAsync(AgentId id, CancellationToken ct);
    /// <summary>All ids in order, active or not.</summary>
    Task<IReadOnlyList<AgentId>> ListIdsAsync(CancellationToken ct);
    /// <summary>Writes a record in the place of <paramref name="seen"/>; null: there was none. False: the record is another one by now.</summary>
    /// <remarks>Contact data that were proved stay as they are: only activation replaces them.</remarks>
    Task<bool> SaveAsync(Registration registration, Registration? seen, CancellationToken ct);
    /// <summary>Marks the record active, and takes its pending contact data over. False: it is another one by now.</summary>
    Task<bool> ActivateAsync(Registration seen, CancellationToken ct);
    /// <summary>Deletes a record that is still as it was seen. False: it is another one by now.</summary>
    Task<bool> DeleteUnchangedAsync(Registration seen, CancellationToken ct);
    /// <summary>Deletes the record, whatever it is. False: there was none.</summary>
    Task<bool> DeleteAsync(AgentId id, CancellationToken ct);
}
