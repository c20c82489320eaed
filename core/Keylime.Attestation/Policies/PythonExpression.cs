using System.Text;

namespace Keylime.Attestation.Policies;

/// <summary>Policies are written for Python's <c>re</c>. .NET reads the same language but for a few spellings, which are translated here.</summary>
internal static class PythonExpression
{
    public static string ToDotNet(string python)
    {
        var result = new StringBuilder(python.Length);
        var inClass = false;
        for (var i = 0; i < python.Length; i++)
        {
            var rest = python.AsSpan(i);
            if (rest[0] == '\\' && rest.Length > 1)
            {
                // \Z is the very end in Python; .NET's \Z also stops before a final line feed.
                result.Append('\\').Append(rest[1] == 'Z' && !inClass ? 'z' : rest[1]);
                i++;
            }
            else if (inClass)
            {
                inClass = rest[0] != ']';
                // A bracket inside a class is literal in Python; in .NET "-[" would begin a subtraction.
                result.Append(rest[0] == '[' ? "\\[" : rest[..1]);
            }
            else if (rest[0] == '[')
            {
                inClass = true;
                var head = rest.StartsWith("[^]") ? 3 : rest.StartsWith("[]") ? 2 : rest.StartsWith("[^") ? 2 : 1;
                result.Append(rest[..head]);
                i += head - 1;
            }
            else if (rest.StartsWith("(?P<"))
            {
                result.Append("(?<");
                i += 3;
            }
            else if (rest.StartsWith("(?P=") && rest.IndexOf(')') is var end and > 0)
            {
                result.Append("\\k<").Append(rest[4..end]).Append('>');
                i += end;
            }
            else if (rest.StartsWith("{,") && rest.Length > 2 && char.IsAsciiDigit(rest[2])) result.Append("{0");
            else result.Append(rest[0]);
        }
        return result.ToString();
    }
}
