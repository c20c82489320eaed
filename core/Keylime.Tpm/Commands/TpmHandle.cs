namespace Keylime.Tpm.Commands;

/// <summary>TPM_HANDLE values with a fixed meaning, and the ranges that the others come from.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_RH (7.4) and TPM_HC (7.5). The handle of a PCR is its number.</remarks>
public static class TpmHandle
{
    /// <summary>Owner (storage) hierarchy.</summary>
    public const uint Owner = 0x40000001;
    /// <summary>No object, no hierarchy.</summary>
    public const uint Null = 0x40000007;
    /// <summary>The session that carries a plain authorisation value.</summary>
    public const uint Password = 0x40000009;
    /// <summary>Endorsement hierarchy.</summary>
    public const uint Endorsement = 0x4000000B;
    /// <summary>First loaded session, as TPM2_GetCapability lists them.</summary>
    public const uint FirstLoadedSession = 0x02000000;
    /// <summary>First transient object.</summary>
    public const uint FirstTransient = 0x80000000;
    /// <summary>First persistent object.</summary>
    public const uint FirstPersistent = 0x81000000;

    /// <summary>True for a loaded object that has to be flushed; persistent objects stay.</summary>
    public static bool IsTransient(uint handle) => handle >> 24 == FirstTransient >> 24;
}
