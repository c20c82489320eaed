namespace Keylime.Attestation.Policies;

/// <summary>What one appraisal may spend on the expressions of its policies, all together. One with a look-around or a back reference may take any time over a path,
/// and a list has paths by the million: without an end to it, a policy could hold a worker for hours.</summary>
/// <remarks>The clock is the caller's. When the time is spent, or one match cannot be decided in its own, expressions match nothing any more and the appraisal fails: a clock never makes anything trusted.</remarks>
public sealed class ExpressionBudget(TimeProvider time)
{
    private TimeSpan _left = Limit;

    /// <summary>How long all matches of an appraisal may take together. Those that are linear in the text are not counted: a busy or paused machine fails nobody by them.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Where in its policy the expression stands at which the matching was given up, such as <c>$.excludes[3]</c>; null while some is left.</summary>
    public string? SpentBy { get; private set; }

    internal bool IsSpent => SpentBy is not null;

    /// <summary>The failure in words.</summary>
    internal static string Describe(string member) => $"the expressions of the policy take too long, and were given up at {member}";

    internal bool IsMatch(PolicyExpression expression, ReadOnlySpan<char> text)
    {
        if (IsSpent) return false;
        if (expression.IsLinear) return expression.IsMatch(text) ?? false;
        var started = time.GetTimestamp();
        var isMatch = expression.IsMatch(text);
        var taken = time.GetElapsedTime(started);
        // What took longer was a pause of the process.
        _left -= taken < PolicyExpression.MatchTimeout ? taken : PolicyExpression.MatchTimeout;
        if (_left > TimeSpan.Zero && isMatch is { } decided) return decided;
        SpentBy = expression.Member;
        return false;
    }
}
