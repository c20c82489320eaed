namespace Keylime.Vectors;

/// <summary>What became of one case.</summary>
internal enum Outcome
{
    Expected,
    Different,
    Skipped,
}

/// <summary>One case, judged. The detail says how it differs, or why it was skipped.</summary>
internal readonly record struct Judgement(Outcome Outcome, string Case, string Detail)
{
    /// <summary>A verdict beside the one that the manifest gives.</summary>
    public static Judgement Of(string id, bool expected, bool judged, string? reason = null) => expected == judged
        ? new(Outcome.Expected, id, "")
        : new(Outcome.Different, id, $"{Word(expected)} expected, {Word(judged)}{(reason is null ? "" : $": {reason}")}");

    /// <summary>A value beside the one that the manifest gives.</summary>
    public static Judgement OfValue(string id, string expected, string seen) =>
        expected == seen ? new(Outcome.Expected, id, "") : new(Outcome.Different, id, $"{expected} expected, {seen} found");

    public static Judgement Skip(string id, string reason) => new(Outcome.Skipped, id, reason);

    private static string Word(bool isGood) => isGood ? "accepted" : "rejected";
}
