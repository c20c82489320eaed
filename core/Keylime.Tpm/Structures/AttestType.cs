namespace Keylime.Tpm.Structures;

/// <summary>TPM_ST values of TPMS_ATTEST that are accepted here.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_ST (6.9).</remarks>
public enum AttestType : ushort
{
    /// <summary>Nothing was read.</summary>
    None = 0,
    /// <summary>TPM_ST_ATTEST_CERTIFY: by TPM2_Certify.</summary>
    Certify = 0x8017,
    /// <summary>TPM_ST_ATTEST_QUOTE: by TPM2_Quote.</summary>
    Quote = 0x8018,
}
