using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Keylime.Attestation;

/// <summary>How bad a failure is, by the operator's labels and rules (Keylime's <c>severity_labels</c> and <c>severity_policy</c>).</summary>
public sealed class SeverityPolicy
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly List<(Regex EventId, int Level)> _rules = [];

    private SeverityPolicy(IReadOnlyList<string> labels) => Labels = labels;

    /// <summary>Keylime's default labels; every event has the highest.</summary>
    public static SeverityPolicy Default { get; } = new(["info", "notice", "warning", "error", "critical", "alert", "emergency"]);

    /// <summary>Labels from the mildest to the worst.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Level of the worst label.</summary>
    public int HighestLevel => Labels.Count - 1;

    /// <summary>Compiles labels and rules. A rule whose label is not among the labels means the highest, as Keylime has it.</summary>
    /// <param name="labels">From the mildest to the worst; at least one.</param>
    /// <param name="rules">Expression over the whole event id, and label; the first that matches wins.</param>
    /// <param name="policy">The compiled policy.</param>
    /// <param name="fault">What is wrong, for the operator.</param>
    public static bool TryCreate(IReadOnlyList<string> labels, IReadOnlyList<(string EventId, string Label)> rules,
        [NotNullWhen(true)] out SeverityPolicy? policy, [NotNullWhen(false)] out string? fault)
    {
        (policy, fault) = (null, null);
        if (labels.Count == 0) fault = "severity_labels is empty";
        else if (labels.Distinct(StringComparer.Ordinal).Count() != labels.Count) fault = "severity_labels names a label twice";
        if (fault is not null) return false;

        var compiled = new SeverityPolicy([.. labels]);
        foreach (var (eventId, label) in rules)
        {
            try
            {
                var level = compiled.Labels.ToList().IndexOf(label);
                compiled._rules.Add((new Regex($@"\A(?:{eventId})\z", RegexOptions.CultureInvariant, MatchTimeout), level < 0 ? compiled.HighestLevel : level));
            }
            catch (ArgumentException e)
            {
                fault = $"severity_policy: {eventId} is not a regular expression: {e.Message}";
                return false;
            }
        }
        policy = compiled;
        return true;
    }

    /// <summary>Severity of a result's failures: that of the worst, told by the first failure that has it.</summary>
    /// <param name="failures">At least one.</param>
    public FailureSeverity Assess(IReadOnlyList<AttestationFailure> failures)
    {
        ArgumentOutOfRangeException.ThrowIfZero(failures.Count);
        var worst = failures[0];
        var level = LevelOf(worst);
        foreach (var failure in failures.Skip(1))
            if (LevelOf(failure) is var other && other > level) (worst, level) = (failure, other);
        // What cannot be recovered from ends the polling whatever the rules say; so does the highest label.
        return new(level, Labels[level], worst, level == HighestLevel);
    }

    private int LevelOf(AttestationFailure failure)
    {
        if (!failure.Recoverable) return HighestLevel;
        foreach (var (eventId, level) in _rules)
        {
            try
            {
                if (eventId.IsMatch(failure.EventId)) return level;
            }
            catch (RegexMatchTimeoutException)
            {
                return HighestLevel; // An expression that cannot decide in time does not get to play a failure down.
            }
        }
        return HighestLevel;
    }
}

/// <summary>How bad a result is.</summary>
/// <param name="Level">Index into the labels (<c>severity_level</c>).</param>
/// <param name="Label">The label.</param>
/// <param name="Failure">First failure of that severity; its id is <c>last_event_id</c>.</param>
/// <param name="EndsPolling">Whether the agent is not to be asked again until an operator says so.</param>
public sealed record FailureSeverity(int Level, string Label, AttestationFailure Failure, bool EndsPolling);
