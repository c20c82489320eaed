namespace Keylime.Simulation.Tests.Checks;

/// <summary>A promise that was broken, and when.</summary>
internal sealed record BrokenPromise(Promise Promise, string What, TimeSpan At);

/// <summary>What must hold whatever happens.</summary>
internal enum Promise
{
    /// <summary>Only who raised a shard's epoch last has its writes accepted.</summary>
    OneOwnerWrites,
    /// <summary>A state never gives way to an older one of the same agent.</summary>
    NewerStateStays,
    /// <summary>A failed verdict that was committed stays until an operator says otherwise.</summary>
    VerdictStays,
    /// <summary>What an operator has changed is not overwritten by what was found before.</summary>
    OperatorIsHeard,
    /// <summary>Every message that was committed with a verdict is told.</summary>
    MessageIsTold,
    /// <summary>No agent is shown attested for longer than its last good answer bears.</summary>
    StaleIsShown,
    /// <summary>With a sound lease store nobody asks an agent whose lease is not his.</summary>
    LeaseIsHeld,
    /// <summary>Once faults have stopped every agent is attested again, or failed where it deserves it.</summary>
    WorkGoesOn,
    /// <summary>No loop ends by an exception: that would end the process.</summary>
    LoopsLive,
}
