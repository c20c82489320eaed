using Keylime.Tpm;

namespace Keylime.Attestation.Quotes;

/// <summary>Checks of a quote, in the order in which they are made.</summary>
public enum QuoteCheck
{
    /// <summary>The signature is a TPMT_SIGNATURE, whole and nothing more.</summary>
    SignatureStructure,
    /// <summary>The attestation key signed these bytes.</summary>
    Signature,
    /// <summary>The signed bytes are a TPMS_ATTEST that a TPM made, of a quote, whole and nothing more.</summary>
    AttestStructure,
    /// <summary>The qualifying data is the nonce.</summary>
    Nonce,
    /// <summary>The PCR values come in a well-formed blob.</summary>
    PcrStructure,
    /// <summary>The blob says it holds the PCRs that were signed for.</summary>
    PcrSelection,
    /// <summary>The values are those that were signed for.</summary>
    PcrDigest,
}

/// <summary>The first check that a quote did not pass.</summary>
/// <param name="Check">The check.</param>
/// <param name="Error">Where the bytes are malformed, for the checks of structure.</param>
public readonly record struct QuoteFault(QuoteCheck Check, ParseError Error)
{
    /// <summary>What is wrong, for people.</summary>
    public override string ToString() => Check switch
    {
        QuoteCheck.SignatureStructure => $"TPMT_SIGNATURE is malformed: {Error}",
        QuoteCheck.Signature => "the signature is not the attestation key's",
        QuoteCheck.AttestStructure => $"TPMS_ATTEST is not that of a quote: {Error}",
        QuoteCheck.Nonce => "it answers another nonce",
        QuoteCheck.PcrStructure => $"the PCR values are malformed: {Error}",
        QuoteCheck.PcrSelection => "the PCRs sent are not the PCRs signed for",
        _ => "the PCR values sent are not the values signed for",
    };
}
