using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Keylime.Attestation.Policies;

/// <summary>Expressions for paths that are not judged. They match at the start of a path, not the whole of it, as Keylime's do.</summary>
internal sealed class ExcludeList
{
    // With names that nobody excludes by themselves.
    private static readonly byte[][] Places =
    [
        .. ((string[])["", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin", "/bin", "/lib", "/etc", "/opt", "/home/u", "/root", "/var/lib", "/srv", "/tmp", "/boot"])
            .Select(folder => Encoding.UTF8.GetBytes($"{folder}/7q3zk")),
    ];

    private readonly List<PolicyExpression> _expressions = [];

    private ExcludeList() { }

    public static ExcludeList None { get; } = new();

    /// <summary>Compiles the expressions; on a fault <paramref name="index"/> tells which.</summary>
    public static bool TryCompile(IReadOnlyList<string> expressions, [NotNullWhen(true)] out ExcludeList? list, out int index, out string fault)
    {
        (list, index, fault) = (null, 0, "");
        var groups = new string[expressions.Count];
        for (; index < expressions.Count; index++)
        {
            try
            {
                groups[index] = Group(PythonExpression.ToDotNet(expressions[index]));
            }
            catch (ArgumentException e)
            {
                fault = $"is not a regular expression: {e.Message}";
                return false;
            }
        }
        list = new ExcludeList();
        if (groups.Length > 0) list.Add(groups, first: 0);
        return true;
    }

    /// <summary>The expression as a group that others can stand beside. Throws when it is none.</summary>
    private static string Group(string expression)
    {
        _ = new Regex(expression, RegexOptions.CultureInvariant);
        var group = $"(?:{expression})";
        if (!expression.Contains('#', StringComparison.Ordinal)) return group;
        try
        {
            _ = new Regex(group, RegexOptions.CultureInvariant);
            return group;
        }
        catch (ArgumentException)
        {
            // By itself it is one: it ends in a comment, (?x)...#, which goes on to the end of the line and would take the bracket in.
            return $"(?:{expression}\n)";
        }
    }

    /// <summary>Adds expressions joined to one that is linear in the path's length, whatever they are. What cannot be had that way is halved until it can, for
    /// the automaton has a largest size; a single one with a look-around or a back reference, or too large by itself, runs alone.</summary>
    private void Add(ReadOnlySpan<string> groups, int first)
    {
        var member = groups.Length == 1 ? $"$.excludes[{first}]" : $"$.excludes[{first}..{first + groups.Length - 1}]";
        try
        {
            _expressions.Add(PolicyExpression.CompileLinear($@"\A(?:{string.Join('|', groups)})", member));
        }
        catch (NotSupportedException) when (groups.Length > 1)
        {
            var half = groups.Length / 2;
            Add(groups[..half], first);
            Add(groups[half..], first + half);
        }
        catch (NotSupportedException)
        {
            _expressions.Add(PolicyExpression.CompileBacktracking($@"\A{groups[0]}", member));
        }
    }

    /// <summary>Whether the list excludes a path of every place that a machine's files lie in.</summary>
    public bool ExcludesAll(ExpressionBudget budget) => _expressions.Count > 0 && Array.TrueForAll(Places, path => Excludes(path, budget));

    /// <summary>Whether the path is not judged. One that cannot be decided is judged.</summary>
    public bool Excludes(ReadOnlySpan<byte> utf8, ExpressionBudget budget)
    {
        if (_expressions.Count == 0) return false;
        var rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            ReadOnlySpan<char> path = rented.AsSpan(0, Encoding.UTF8.GetChars(utf8, rented));
            foreach (var expression in _expressions)
                if (budget.IsMatch(expression, path)) return true;
            return false;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}
