using Xunit;

namespace Keylime.Testing;

/// <summary>A theory about the published vectors; skipped where they are not. Its data is not made then.</summary>
public sealed class VectorTheoryAttribute : TheoryAttribute
{
    /// <summary>Null when the vectors are here.</summary>
    public static string? ReasonToSkip => Vectors.ArePresent ? null : "../shared/vectors is not here";

    public VectorTheoryAttribute() => Skip = ReasonToSkip;
}
