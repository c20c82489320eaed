using Keylime.Testing;

namespace Keylime.Agent.Tests;

/// <summary>A test on a real swtpm; skipped where it is not installed.</summary>
public sealed class TpmFactAttribute : FactAttribute
{
    public TpmFactAttribute() => Skip = SoftwareTpm.SkipReason;
}

/// <summary>A theory on a real swtpm; skipped where it is not installed.</summary>
public sealed class TpmTheoryAttribute : TheoryAttribute
{
    public TpmTheoryAttribute() => Skip = SoftwareTpm.SkipReason;
}
