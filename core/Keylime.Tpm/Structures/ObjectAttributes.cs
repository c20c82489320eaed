namespace Keylime.Tpm.Structures;

/// <summary>TPMA_OBJECT: what an object may be used for and how its use is authorised.</summary>
/// <remarks>TPM 2.0 Part 2, TPMA_OBJECT (8.3). Bits without a name are kept as read: the object's name covers them.</remarks>
[Flags]
public enum ObjectAttributes : uint
{
    /// <summary>No attribute.</summary>
    None = 0,
    /// <summary>Cannot be duplicated to another TPM by itself.</summary>
    FixedTpm = 1u << 1,
    /// <summary>Saved contexts do not survive a TPM Reset.</summary>
    StClear = 1u << 2,
    /// <summary>Cannot be moved to another parent.</summary>
    FixedParent = 1u << 4,
    /// <summary>The TPM generated the secret part itself.</summary>
    SensitiveDataOrigin = 1u << 5,
    /// <summary>The authorisation value allows USER actions.</summary>
    UserWithAuth = 1u << 6,
    /// <summary>ADMIN actions need the policy.</summary>
    AdminWithPolicy = 1u << 7,
    /// <summary>Not subject to dictionary-attack protection.</summary>
    NoDa = 1u << 10,
    /// <summary>Duplication encrypts doubly.</summary>
    EncryptedDuplication = 1u << 11,
    /// <summary>Works only on structures that the TPM made or may unwrap.</summary>
    Restricted = 1u << 16,
    /// <summary>Decrypts.</summary>
    Decrypt = 1u << 17,
    /// <summary>Signs.</summary>
    Sign = 1u << 18,
    /// <summary>May not sign X.509 structures.</summary>
    X509Sign = 1u << 19,
    /// <summary>An attestation key: restricted signing, made and kept in one TPM, used with its (empty) authorisation value.</summary>
    AttestationKey = FixedTpm | FixedParent | SensitiveDataOrigin | UserWithAuth | Restricted | Sign,
}
