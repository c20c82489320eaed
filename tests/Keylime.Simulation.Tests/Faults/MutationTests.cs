namespace Keylime.Simulation.Tests.Faults;

/// <summary>A simulation that finds nothing proves nothing. Each way to break the protocol has to show in the promise that it breaks.</summary>
public sealed class MutationTests
{
    private const int SeedsAtMost = 1000;

    [Theory]
    [InlineData(nameof(Mutation.EpochIsNotChecked), nameof(Checks.Promise.OneOwnerWrites), 1)]
    [InlineData(nameof(Mutation.EpochIsNotRaised), nameof(Checks.Promise.OneOwnerWrites), 1)]
    [InlineData(nameof(Mutation.EpochIsNotRenewed), nameof(Checks.Promise.NewerStateStays), 60)]
    [InlineData(nameof(Mutation.RevisionIsNotChecked), nameof(Checks.Promise.OperatorIsHeard), 1)]
    [InlineData(nameof(Mutation.OutboxComesLater), nameof(Checks.Promise.MessageIsTold), 80)]
    [InlineData(nameof(Mutation.MessagesAreDeletedFirst), nameof(Checks.Promise.MessageIsTold), 1)]
    [InlineData(nameof(Mutation.DeadlineByVerifiersClock), nameof(Checks.Promise.StaleIsShown), 1)]
    [InlineData(nameof(Mutation.SuccessCountsFromTheVerdict), nameof(Checks.Promise.StaleIsShown), 1)]
    [InlineData(nameof(Mutation.ClocksDriftBeyondTheMargin), nameof(Checks.Promise.LeaseIsHeld), 1)]
    [InlineData(nameof(Mutation.LeasesDoNotExpire), nameof(Checks.Promise.WorkGoesOn), 1)]
    public void A_broken_protocol_is_found_out(string mutation, string promise, int firstSeed) => Assert.Contains(
        // Most show in the first few lives; the others are looked for where they once showed.
        Enumerable.Range(firstSeed, SeedsAtMost).Select(seed => Simulation.Run(seed, Enum.Parse<Mutation>(mutation)).Broken?.Promise.ToString()),
        broken => broken == promise);
}
