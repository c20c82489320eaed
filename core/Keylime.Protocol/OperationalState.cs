namespace Keylime.Protocol;

/// <summary>Where an agent stands in the verifier, numbered as Keylime's <c>operational_state</c>.</summary>
public enum OperationalState
{
    /// <summary>Known to the registrar, not to the verifier. Used by the tenant only.</summary>
    Registered = 0,
    /// <summary>Added; the first quote is outstanding.</summary>
    Start = 1,
    /// <summary>Legacy; never entered.</summary>
    Saved = 2,
    /// <summary>Attesting.</summary>
    GetQuote = 3,
    /// <summary>The last quote request failed at the transport and is retried.</summary>
    GetQuoteRetry = 4,
    /// <summary>The verifier's key share V is being delivered.</summary>
    ProvideV = 5,
    /// <summary>The delivery of V failed at the transport and is retried.</summary>
    ProvideVRetry = 6,
    /// <summary>Given up: unreachable for good, or an internal error.</summary>
    Failed = 7,
    /// <summary>Deletion was requested.</summary>
    Terminated = 8,
    /// <summary>Attestation failed.</summary>
    InvalidQuote = 9,
    /// <summary>Stopped by the tenant.</summary>
    TenantFailed = 10,
}
