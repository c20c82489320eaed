namespace Keylime.Simulation.Tests.Faults;

/// <summary>Ways to break the protocol on purpose, so that it shows whether the checks see it.</summary>
internal enum Mutation
{
    None,
    /// <summary>The database takes writes of any epoch.</summary>
    EpochIsNotChecked,
    /// <summary>A new owner reads the epoch instead of raising it.</summary>
    EpochIsNotRaised,
    /// <summary>After a write without an answer an owner goes on under the same epoch.</summary>
    EpochIsNotRenewed,
    /// <summary>An owner never looks whether another has raised its epochs.</summary>
    EpochsAreNotCompared,
    /// <summary>The outbox is written in a transaction of its own, after the verdict.</summary>
    OutboxComesLater,
    /// <summary>Messages are deleted before they are told.</summary>
    MessagesAreDeletedFirst,
    /// <summary>The deadline is counted from the verifier's clock alone.</summary>
    DeadlineByVerifiersClock,
    /// <summary>Success is counted from when the answer was judged, however long it was under way.</summary>
    SuccessCountsFromTheVerdict,
    /// <summary>The owner's writes are not compared with the operator's revision.</summary>
    RevisionIsNotChecked,
    /// <summary>Clocks differ by more than the margin of a lease.</summary>
    ClocksDriftBeyondTheMargin,
    /// <summary>Leases of dead owners are never free again.</summary>
    LeasesDoNotExpire,
}
