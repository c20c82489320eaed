using Keylime.Protocol;
using Keylime.Simulation.Tests.Checks;

namespace Keylime.Simulation.Tests.Faults;

/// <summary>An owner is cut off from the lease store alone, for longer than a lease. Another takes its shards, and gives them back later. The one agent there had failed, so the
/// first owner had nothing to write and was never fenced; nor did it begin anew with the agent that an operator had reactivated meanwhile, and nobody asked that agent again.
/// Found by a seed, and told here because it takes much to coincide.</summary>
public sealed class ForgottenOwnerTests
{
    private const int Seeds = 60;

    [Fact]
    public void An_owner_whose_lease_had_lapsed_learns_that_it_was_replaced() => Assert.All(Outcomes(Mutation.None), outcome => Assert.Null(outcome.Broken));

    [Fact]
    public void Without_a_look_at_the_epochs_it_would_not() =>
        Assert.Contains(Outcomes(Mutation.EpochsAreNotCompared), outcome => outcome.Broken?.Promise == Promise.WorkGoesOn);

    private static IEnumerable<Outcome> Outcomes(Mutation mutation) => Enumerable.Range(1, Seeds).Select(seed => Simulation.Run(seed, mutation, script: Tell));

    private static void Tell(FaultPlan plan)
    {
        if (plan.Cluster.LeasesAreSound) return;
        // Alone in its shard.
        var agent = plan.Cluster.Agents.First(id => plan.Cluster.Agents.Count(other => ShardOf(plan, other) == ShardOf(plan, id)) == 1);
        plan.At(4, () => plan.TurnBad(agent));
        plan.At(7, () =>
        {
            var owner = plan.Cluster.Machines.Single(machine => machine.Instance == plan.Cluster.Model.Find(agent)!.Owner);
            plan.Cut(owner, owner.Leases, TimeSpan.FromSeconds(7));
            // Heard again before it hears: the others give its shards back while it still believes that it has them.
            plan.At(14, () => plan.LoseAnswers(owner, owner.Leases, TimeSpan.FromSeconds(1.2)));
        });
        plan.At(12, () => plan.Reactivate(agent));
    }

    private static int ShardOf(FaultPlan plan, AgentId id) => plan.Cluster.Model.Find(id)!.Enrollment.Shard;
}
