using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Keylime.Attestation.Policies;

/// <summary>One expression of a policy. It knows where in the policy it stands, so that a failure can name it.</summary>
internal sealed class PolicyExpression
{
    private const RegexOptions Linear = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;
    private const RegexOptions Backtracking = RegexOptions.CultureInvariant;

    /// <summary>Longest that one attempt at a match may take, where the text decides how long it takes. Matches of an appraisal have an end together, too:
    /// <see cref="ExpressionBudget"/>.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(1);
    // A process that was paused amid a match has not matched slowly.
    private const int Attempts = 2;
    private static readonly SearchValues<char> Special = SearchValues.Create(@"\.^$*+?{}[]()|");

    private readonly string _literal = "";
    private readonly Regex? _regex;

    private PolicyExpression(string literal, string member) => (_literal, Member, IsLinear) = (literal, member, true);

    private PolicyExpression(string expression, RegexOptions options, string member) =>
        (_regex, Member, IsLinear) = (new(expression, options, options == Linear ? Regex.InfiniteMatchTimeout : AttemptTimeout), member, options == Linear);

    /// <summary>Longest that one match may take.</summary>
    public static TimeSpan MatchTimeout => AttemptTimeout * Attempts;

    /// <summary>Nothing matches it.</summary>
    public static PolicyExpression Nothing { get; } = new(@"[^\s\S]", Linear, "");

    /// <summary>Where it stands in its policy.</summary>
    public string Member { get; }

    /// <summary>Whether a match takes a time that is linear in the text's length, whatever the text.</summary>
    public bool IsLinear { get; }

    /// <summary>Compiles an expression in Python's spelling for the whole of a text; false when it is none.</summary>
    public static bool TryCompile(string python, string member, [NotNullWhen(true)] out PolicyExpression? expression)
    {
        try
        {
            // Policies have them by the thousand, and most say one text. An automaton for each would cost more than all the rest, so these backtrack.
            expression = python.AsSpan().ContainsAny(Special) ? new($@"\A(?:{PythonExpression.ToDotNet(python)})\z", Backtracking, member) : new(python, member);
            return true;
        }
        catch (ArgumentException)
        {
            expression = null;
            return false;
        }
    }

    /// <summary>Compiles an expression of .NET to one whose match takes a time that is linear in the text's length, whatever the text.</summary>
    /// <exception cref="NotSupportedException">There is none: it looks around, refers back, or is too large for an automaton.</exception>
    public static PolicyExpression CompileLinear(string expression, string member) => new(expression, Linear, member);

    /// <summary>Compiles an expression of .NET to one whose match may take any time.</summary>
    public static PolicyExpression CompileBacktracking(string expression, string member) => new(expression, Backtracking, member);

    /// <summary>As <see cref="IsMatch"/>, where nobody counts the time: false unless there is a linear form of it.</summary>
    public bool IsMatchAtOnce(ReadOnlySpan<char> text)
    {
        try
        {
            return (IsLinear ? this : CompileLinear($"{_regex}", Member)).IsMatch(text) ?? false;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Whether it matches; null when that cannot be told within the time for one match.</summary>
    public bool? IsMatch(ReadOnlySpan<char> text)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
            try
            {
                return _regex?.IsMatch(text) ?? text.SequenceEqual(_literal);
            }
            catch (RegexMatchTimeoutException)
            {
                // Once more, or not at all.
            }
        return null;
    }
}
