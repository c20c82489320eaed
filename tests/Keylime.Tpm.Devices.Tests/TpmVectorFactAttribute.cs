using Keylime.Testing;

namespace Keylime.Tpm.Devices.Tests;

/// <summary>A test on a real swtpm with the shared vectors; skipped where either is absent.</summary>
public sealed class TpmVectorFactAttribute : FactAttribute
{
    public TpmVectorFactAttribute() => Skip = SoftwareTpm.SkipReason ?? VectorTheoryAttribute.ReasonToSkip;
}
