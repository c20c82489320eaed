namespace Keylime.Verifier.Revocation;

/// <summary>Whoever is told of every failed agent, and has it from then on.</summary>
internal interface IRevocationHook
{
    /// <summary>Hands over one message. Null: taken; else why not.</summary>
    Task<string?> TryPostAsync(string payload, CancellationToken ct);
}
