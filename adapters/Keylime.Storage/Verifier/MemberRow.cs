namespace Keylime.Storage.Verifier;

/// <summary>A verifier that takes part in the cluster, as it announced itself.</summary>
internal sealed class MemberRow
{
    public required string Instance { get; init; }
    public required string Address { get; init; }
    /// <summary>Name of a <see cref="Keylime.Sharding.MemberState"/>. Text, so that a version that does not know it passes over the member.</summary>
    public required string State { get; init; }
    public string? Zone { get; init; }
    public required long Beat { get; init; }
    /// <summary>On the database's clock.</summary>
    public required DateTimeOffset BeatenAt { get; init; }
}
