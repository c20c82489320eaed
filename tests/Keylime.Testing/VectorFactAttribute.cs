using Xunit;

namespace Keylime.Testing;

/// <summary>A fact about the published vectors; skipped where they are not.</summary>
public sealed class VectorFactAttribute : FactAttribute
{
    public VectorFactAttribute() => Skip = VectorTheoryAttribute.ReasonToSkip;
}
