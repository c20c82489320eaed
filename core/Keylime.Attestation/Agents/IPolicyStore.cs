using Keylime.Protocol;

namespace Keylime.Attestation.Agents;

/// <summary>Named policy texts of one kind. Policies are compiled once per content hash and shared between agents.</summary>
/// <remarks>All members throw <see cref="StoreUnavailableException"/> in an outage.</remarks>
public interface IPolicyStore
{
    /// <summary>One policy, or null.</summary>
    Task<StoredPolicy?> FindAsync(PolicyKind kind, string name, CancellationToken ct);
    /// <summary>Names in order.</summary>
    Task<IReadOnlyList<string>> ListNamesAsync(PolicyKind kind, CancellationToken ct);
    /// <summary>False: a policy of that name exists.</summary>
    Task<bool> AddAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct);
    /// <summary>Replaces the text and raises the revision of every agent that uses it. False: there is none of that name.</summary>
    Task<bool> UpdateAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct);
    /// <summary>Deletes a policy that no agent uses.</summary>
    Task<DeletePolicyOutcome> DeleteAsync(PolicyKind kind, string name, CancellationToken ct);
}

/// <summary>The two kinds of named policies.</summary>
public enum PolicyKind
{
    /// <summary>IMA runtime policy (<c>/allowlists</c>).</summary>
    Runtime,
    /// <summary>Measured-boot reference state (<c>/mbpolicies</c>).</summary>
    MeasuredBoot,
}

/// <summary>A policy's row.</summary>
/// <param name="Name">Row name.</param>
/// <param name="Text">The text as uploaded; null for a measured-boot row that says "no policy".</param>
/// <param name="Generator">See <see cref="NamedPolicy.Generator"/>.</param>
/// <param name="ContentHash">Lower-case hex SHA-256 of the UTF-8 text; of the empty text when there is none.</param>
public sealed record StoredPolicy(string Name, string? Text, int Generator, string ContentHash);

/// <summary>What became of a deletion.</summary>
/// <param name="Deleted">True when it is gone now and was there.</param>
/// <param name="UsedBy">An agent that uses it and so kept it; null otherwise.</param>
public readonly record struct DeletePolicyOutcome(bool Deleted, AgentId? UsedBy);
