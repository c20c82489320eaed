namespace Keylime.Attestation.Endorsements;

/// <summary>Why an endorsement does not vouch for a key.</summary>
public enum EndorsementFault
{
    /// <summary>It does.</summary>
    None,
    /// <summary>Not an X.509 certificate.</summary>
    Malformed,
    /// <summary>Outside its validity at the time of the check; so for the certificate itself and for intermediates, not for what the operator trusts.</summary>
    NotValidNow,
    /// <summary>Key usage, extended key usage or basic constraints do not allow what the certificate is used for.</summary>
    WrongUsage,
    /// <summary>No issuer among those trusted and given.</summary>
    IssuerUnknown,
    /// <summary>An issuer of that name is there, but did not sign it.</summary>
    BadSignature,
    /// <summary>The chain is longer than <see cref="CertificateChain.MaxLength"/> or than an issuer's path length allows, or only
    /// shows after more than <see cref="CertificateChain.MaxSignatures"/> signatures.</summary>
    ChainTooLong,
    /// <summary>The certificate is of another key.</summary>
    KeyMismatch,
    /// <summary>One key is presented as two that must differ.</summary>
    KeyShared,
}

/// <summary>Faults in words.</summary>
public static class EndorsementFaults
{
    /// <summary>What is wrong, for people; "it" is the certificate that is judged.</summary>
    public static string Describe(this EndorsementFault fault) => fault switch
    {
        EndorsementFault.NotValidNow => "a certificate of the chain is not valid now",
        EndorsementFault.WrongUsage => "it is not a certificate for such a key, or a certificate of the chain is no authority's",
        EndorsementFault.IssuerUnknown => "its issuer is not in the store",
        EndorsementFault.BadSignature => "its issuer did not sign it",
        EndorsementFault.ChainTooLong => "its chain is too long",
        EndorsementFault.KeyMismatch => "it is the certificate of another key",
        EndorsementFault.KeyShared => "it is of the key that is presented as the IDevID, too",
        _ => "it is malformed",
    };
}

/// <summary>The outcome of a check of an endorsement.</summary>
/// <param name="Fault">What is wrong; <see cref="EndorsementFault.None"/> when nothing is.</param>
/// <param name="Subject">Subject (or, where that is empty as in EK certificates, the issuer) of the certificate at fault; empty when none is.</param>
public readonly record struct EndorsementResult(EndorsementFault Fault, string Subject)
{
    /// <summary>True when the endorsement holds. False for the default value: it has no subject, because nothing was checked.</summary>
    public bool IsGood => Fault == EndorsementFault.None && Subject is not null;
}
