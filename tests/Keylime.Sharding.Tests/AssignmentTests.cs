namespace Keylime.Sharding.Tests;

public class AssignmentTests
{
    private const int Shards = ShardMap.DefaultCount;

    /// <summary>Who moves beyond those that must: a fiftieth of the shards, at most.</summary>
    private const int Collateral = Shards / 50;

    /// <summary>Old and new verifiers and gateways work side by side during an upgrade. Computed with an independent implementation.</summary>
    [Fact]
    public void Divides_as_it_has_always_done()
    {
        var assignment = Assignment.Compute(16, Members(3));
        Assert.Equal("2202110122121001", string.Concat(Enumerable.Range(0, 16).Select(shard => assignment.OwnerOf(shard)!.Instance[^1])));
        Assert.Equal(["verifier-2", "verifier-0", "verifier-1"], assignment.CandidatesOf(0).Select(member => member.Instance));
        Assert.Equal(["verifier-1", "verifier-2", "verifier-0"], assignment.CandidatesOf(5).Select(member => member.Instance));
    }

    [Fact]
    public void Owes_nothing_to_the_order_in_which_members_are_listed_nor_to_their_addresses()
    {
        var members = Members(7);
        var moved = members.Reverse().Select(member => member with { Address = "elsewhere:1", Zone = "b" });
        Assert.Equal(Owners(Assignment.Compute(Shards, members)), Owners(Assignment.Compute(Shards, moved)));
    }

    [Fact]
    public void Leaves_no_shard_without_an_owner_and_no_member_above_its_capacity()
    {
        for (var count = 1; count <= 40; count++)
        {
            var loads = Owners(Assignment.Compute(Shards, Members(count))).CountBy(owner => owner).ToDictionary();
            Assert.DoesNotContain("", loads.Keys);
            Assert.InRange(loads.Values.Max(), Shards / count, Assignment.CapacityOf(Shards, count));
        }
    }

    [Fact]
    public void Moves_to_a_joining_member_its_share_and_little_else()
    {
        for (var count = 1; count <= 32; count++)
        {
            var before = Owners(Assignment.Compute(Shards, Members(count)));
            var after = Owners(Assignment.Compute(Shards, Members(count + 1)));
            var moves = before.Zip(after).Where(pair => pair.First != pair.Second).ToList();
            Assert.InRange(moves.Count(move => move.Second == $"verifier-{count}"), 1, Assignment.CapacityOf(Shards, count + 1));
            Assert.InRange(moves.Count(move => move.Second != $"verifier-{count}"), 0, Collateral);
        }
    }

    [Fact]
    public void Moves_from_a_leaving_member_what_it_had_and_little_else()
    {
        for (var count = 2; count <= 12; count++)
            foreach (var leaver in Members(count))
            {
                var before = Owners(Assignment.Compute(Shards, Members(count)));
                var after = Owners(Assignment.Compute(Shards, Members(count).Where(member => member != leaver)));
                Assert.DoesNotContain(leaver.Instance, after);
                Assert.InRange(before.Zip(after).Count(pair => pair.First != leaver.Instance && pair.First != pair.Second), 0, Collateral);
            }
    }

    [Fact]
    public void Lists_every_member_once_as_a_candidate_and_the_owner_first()
    {
        var assignment = Assignment.Compute(Shards, Members(5));
        for (var shard = 0; shard < Shards; shard++)
        {
            var candidates = assignment.CandidatesOf(shard);
            Assert.Equal(assignment.OwnerOf(shard), candidates[0]);
            Assert.Equal(assignment.Members.ToHashSet(), candidates.ToHashSet());
            Assert.Equal(5, candidates.Count);
        }
    }

    [Fact]
    public void Spreads_the_second_candidates_so_that_a_dead_owner_does_not_drown_one_neighbour()
    {
        var assignment = Assignment.Compute(Shards, Members(5));
        var heirs = Enumerable.Range(0, Shards)
            .Select(assignment.CandidatesOf).Where(candidates => candidates[0].Instance == "verifier-0")
            .CountBy(candidates => candidates[1].Instance);
        Assert.All(heirs, heir => Assert.InRange(heir.Value, 25, 90));
    }

    [Fact]
    public void Gives_nobody_anything_when_there_are_no_members()
    {
        var assignment = Assignment.Compute(Shards, []);
        Assert.Null(assignment.OwnerOf(17));
        Assert.Empty(assignment.CandidatesOf(17));
    }

    private static IEnumerable<Member> Members(int count) =>
        Enumerable.Range(0, count).Select(i => new Member($"verifier-{i}", $"10.0.0.{i}:8881"));

    private static List<string> Owners(Assignment assignment) =>
        [.. Enumerable.Range(0, Shards).Select(shard => assignment.OwnerOf(shard)?.Instance ?? "")];
}
