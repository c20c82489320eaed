namespace Keylime.Attestation.Policies;

/// <summary>Why a policy text is not a policy.</summary>
/// <param name="Path">Where: a JSON path such as <c>$.digests['/usr/bin/bash'][0]</c>, or a name of the part that is at fault.</param>
/// <param name="Detail">What is wrong there, for people.</param>
public sealed record PolicyFault(string Path, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Detail}";
}
