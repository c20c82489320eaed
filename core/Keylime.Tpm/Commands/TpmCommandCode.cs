namespace Keylime.Tpm.Commands;

/// <summary>TPM_CC: the commands that are written here.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_CC (6.5.2). The names are the specification's.</remarks>
public enum TpmCommandCode : uint
{
    /// <summary>No command.</summary>
    None = 0,
    /// <summary>TPM2_EvictControl.</summary>
    EvictControl = 0x120,
    /// <summary>TPM2_CreatePrimary.</summary>
    CreatePrimary = 0x131,
    /// <summary>TPM2_PCR_Reset.</summary>
    PcrReset = 0x13D,
    /// <summary>TPM2_Startup.</summary>
    Startup = 0x144,
    /// <summary>TPM2_ActivateCredential.</summary>
    ActivateCredential = 0x147,
    /// <summary>TPM2_Certify.</summary>
    Certify = 0x148,
    /// <summary>TPM2_NV_Read.</summary>
    NvRead = 0x14E,
    /// <summary>TPM2_PolicySecret.</summary>
    PolicySecret = 0x151,
    /// <summary>TPM2_Create.</summary>
    Create = 0x153,
    /// <summary>TPM2_Load.</summary>
    Load = 0x157,
    /// <summary>TPM2_Quote.</summary>
    Quote = 0x158,
    /// <summary>TPM2_ContextLoad.</summary>
    ContextLoad = 0x161,
    /// <summary>TPM2_ContextSave.</summary>
    ContextSave = 0x162,
    /// <summary>TPM2_FlushContext.</summary>
    FlushContext = 0x165,
    /// <summary>TPM2_NV_ReadPublic.</summary>
    NvReadPublic = 0x169,
    /// <summary>TPM2_PolicyOR.</summary>
    PolicyOr = 0x171,
    /// <summary>TPM2_ReadPublic.</summary>
    ReadPublic = 0x173,
    /// <summary>TPM2_StartAuthSession.</summary>
    StartAuthSession = 0x176,
    /// <summary>TPM2_GetCapability.</summary>
    GetCapability = 0x17A,
    /// <summary>TPM2_PCR_Read.</summary>
    PcrRead = 0x17E,
    /// <summary>TPM2_PCR_Extend.</summary>
    PcrExtend = 0x182,
}
