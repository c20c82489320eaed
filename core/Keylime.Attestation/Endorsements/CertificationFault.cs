using Keylime.Tpm;

namespace Keylime.Attestation.Endorsements;

/// <summary>Checks of a certification, in the order in which they are made.</summary>
public enum CertificationCheck
{
    /// <summary>The certifying key is a restricted signing key, fixed to its TPM: another one signs whatever it is given.</summary>
    CertifyingKey,
    /// <summary>The certified key is one, too.</summary>
    CertifiedKey,
    /// <summary>The signature is a TPMT_SIGNATURE, whole and nothing more.</summary>
    SignatureStructure,
    /// <summary>The certifying key signed these bytes.</summary>
    Signature,
    /// <summary>The signed bytes are a TPMS_ATTEST that a TPM made, of a certification, whole and nothing more.</summary>
    AttestStructure,
    /// <summary>The qualifying data is the agent's.</summary>
    QualifyingData,
    /// <summary>The name is that of the certified key.</summary>
    Name,
}

/// <summary>The first check that a certification did not pass.</summary>
/// <param name="Check">The check.</param>
/// <param name="Error">Where the bytes are malformed, for the checks of structure.</param>
public readonly record struct CertificationFault(CertificationCheck Check, ParseError Error)
{
    /// <summary>What is wrong, for people.</summary>
    public override string ToString() => Check switch
    {
        CertificationCheck.CertifyingKey => "the IAK is not a restricted signing key, fixed to its TPM",
        CertificationCheck.CertifiedKey => "the attestation key is not a restricted signing key, fixed to its TPM",
        CertificationCheck.SignatureStructure => $"TPMT_SIGNATURE is malformed: {Error}",
        CertificationCheck.Signature => "the signature is not the IAK's",
        CertificationCheck.AttestStructure => $"TPMS_ATTEST is not that of a certification: {Error}",
        CertificationCheck.QualifyingData => "it was not made for this agent",
        _ => "it certifies another key",
    };
}
