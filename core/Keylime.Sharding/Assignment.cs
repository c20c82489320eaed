namespace Keylime.Sharding;

/// <summary>Which member should own which shard: rendezvous hashing with bounded load. Everybody who sees the same members computes the
/// same assignment; who sees others is kept apart by leases and epochs.</summary>
/// <remarks>
/// Every pair (shard, member) has a weight. Pairs are taken from the heaviest down; a pair counts if the shard is still free
/// and the member below its capacity of (1 + 1/20) P/N. This is the one stable matching in which shards and members both prefer
/// heavier pairs: it does not depend on any order, a joining member attracts its share and little else moves.
/// Without the bound the fullest of 32 members would own 1.4 times its share; with no slack at all joins and leaves move up to 1.6 times the share.
/// </remarks>
public sealed class Assignment
{
    private const double Slack = 1.05;

    private readonly Member[] _members;
    private readonly ulong[] _memberHashes;
    private readonly int[] _owners;

    private Assignment(Member[] members, ulong[] memberHashes, int[] owners) =>
        (_members, _memberHashes, _owners) = (members, memberHashes, owners);

    /// <summary>Members that take part, in order of their instance names.</summary>
    public IReadOnlyList<Member> Members => _members;

    /// <summary>Divides the shards. Without members nobody owns anything.</summary>
    /// <param name="shardCount">Number of shards in the cluster.</param>
    /// <param name="members">Members with distinct instance names, any order. Only the names matter.</param>
    public static Assignment Compute(int shardCount, IEnumerable<Member> members)
    {
        var sorted = members.OrderBy(member => member.Instance, StringComparer.Ordinal).ToArray();
        var hashes = Array.ConvertAll(sorted, member => StableHash.Of(member.Instance));
        var owners = new int[shardCount];
        Array.Fill(owners, -1);
        if (sorted.Length > 0) Match(owners, hashes);
        return new(sorted, hashes, owners);
    }

    /// <summary>Most shards that one of so many members may own.</summary>
    public static int CapacityOf(int shardCount, int memberCount) => (int)Math.Ceiling(shardCount * Slack / memberCount);

    /// <summary>The member that should own a shard; null when there are no members.</summary>
    public Member? OwnerOf(int shard) => _owners[shard] < 0 ? null : _members[_owners[shard]];

    /// <summary>Whom to ask for a shard: its owner, then all others in rendezvous order.</summary>
    public IReadOnlyList<Member> CandidatesOf(int shard)
    {
        var order = Enumerable.Range(0, _members.Length)
            .OrderByDescending(member => member == _owners[shard])
            .ThenByDescending(member => StableHash.Of(_memberHashes[member], shard));
        return [.. order.Select(member => _members[member])];
    }

    private static void Match(int[] owners, ulong[] memberHashes)
    {
        var weights = new ulong[owners.Length * memberHashes.Length];
        var pairs = new int[weights.Length];
        for (var pair = 0; pair < pairs.Length; pair++)
        {
            pairs[pair] = pair;
            // Inverted, because Array.Sort goes up.
            weights[pair] = ~StableHash.Of(memberHashes[pair / owners.Length], pair % owners.Length);
        }
        Array.Sort(weights, pairs);

        var room = new int[memberHashes.Length];
        Array.Fill(room, CapacityOf(owners.Length, memberHashes.Length));
        foreach (var pair in pairs)
        {
            var (member, shard) = (pair / owners.Length, pair % owners.Length);
            if (owners[shard] >= 0 || room[member] == 0) continue;
            owners[shard] = member;
            room[member]--;
        }
    }
}
