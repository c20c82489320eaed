using Keylime.Testing;

namespace Keylime.Tpm.Devices.Tests;

/// <summary>A theory on a real swtpm; skipped where it is not installed.</summary>
public sealed class TpmTheoryAttribute : TheoryAttribute
{
    public TpmTheoryAttribute() => Skip = SoftwareTpm.SkipReason;
}
