namespace Keylime.FleetSimulator.Faults;

/// <summary>How an agent misbehaves, until it is healed. <see cref="Reboot"/> is over when it has happened.</summary>
internal enum Fault
{
    None,
    /// <summary>One bit of each quote's signature is another.</summary>
    BadSignature,
    /// <summary>Quotes answer the nonce before: they are replayed ones, as far as a verifier can tell.</summary>
    WrongNonce,
    /// <summary>The IMA list shows another file in place of one that PCR 10 was extended with.</summary>
    TamperedEntry,
    /// <summary>Answers come late.</summary>
    Slow,
    /// <summary>Connections are cut, no request is answered.</summary>
    Dead,
    /// <summary>The machine boots: reset counter, clock and IMA list begin anew, the attestation key stays.</summary>
    Reboot,
}
