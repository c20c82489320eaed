namespace Keylime.Tpm.Commands;

/// <summary>TPM_CAP: kinds of questions to TPM2_GetCapability.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_CAP (6.12).</remarks>
public enum TpmCapability : uint
{
    /// <summary>Algorithms with their attributes.</summary>
    Algorithms = 0,
    /// <summary>Handles in use, of the range that the first value falls into.</summary>
    Handles = 1,
    /// <summary>PCR banks.</summary>
    Pcrs = 5,
    /// <summary>Properties: manufacturer, firmware version, limits.</summary>
    Properties = 6,
    /// <summary>Curves.</summary>
    EccCurves = 8,
}
