namespace Keylime.Tpm;

/// <summary>TPM_ECC_CURVE: the NIST prime curves.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_ECC_CURVE (6.4).</remarks>
public enum TpmEccCurve : ushort
{
    /// <summary>No curve was read.</summary>
    None = 0,
    /// <summary>secp192r1.</summary>
    NistP192 = 1,
    /// <summary>secp224r1.</summary>
    NistP224 = 2,
    /// <summary>secp256r1.</summary>
    NistP256 = 3,
    /// <summary>secp384r1.</summary>
    NistP384 = 4,
    /// <summary>secp521r1.</summary>
    NistP521 = 5,
}
