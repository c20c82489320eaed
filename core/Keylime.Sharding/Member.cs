namespace Keylime.Sharding;

/// <summary>A verifier that takes part in the cluster, as it announces itself.</summary>
/// <param name="Instance">Name of the process's place (<c>verifier-0</c>), unique in the cluster and kept over restarts.</param>
/// <param name="Address"><c>host:port</c> that the gateway and other members reach it by.</param>
/// <param name="State">Whether it wants shards.</param>
/// <param name="Zone">Failure zone; null for none.</param>
public sealed record Member(string Instance, string Address, MemberState State = MemberState.Serving, string? Zone = null);

/// <summary>Whether a member wants shards.</summary>
public enum MemberState
{
    /// <summary>It works.</summary>
    Serving,
    /// <summary>It cannot write to the database. One member's broken path to it moves that member's shards; an outage of the database
    /// itself moves nothing: see <see cref="Membership.Owners"/>.</summary>
    Degraded,
    /// <summary>It is shutting down and gives its shards away.</summary>
    Leaving,
}

/// <summary>A member and the mark of its latest heartbeat.</summary>
/// <param name="Member">The member as it announced itself.</param>
/// <param name="Beat">Changes with every heartbeat; only compared for equality, so no clock is trusted.</param>
public sealed record MemberHeartbeat(Member Member, long Beat);
