namespace Keylime.Storage.Verifier;

/// <summary>One row: when agents were last looked through for passed deadlines, and since when that has gone on without a gap. On the database's clock.</summary>
internal sealed class FreshnessSweepRow
{
    public required int Id { get; init; }
    public required DateTimeOffset SweptAt { get; init; }
    public required DateTimeOffset SteadySince { get; init; }
}
