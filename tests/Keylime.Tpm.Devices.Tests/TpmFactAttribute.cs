using Keylime.Testing;

namespace Keylime.Tpm.Devices.Tests;

/// <summary>A test on a real swtpm; skipped where it is not installed.</summary>
public sealed class TpmFactAttribute : FactAttribute
{
    public TpmFactAttribute() => Skip = SoftwareTpm.SkipReason;
}
