using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Keylime.Tenant.CommandLine;

/// <summary>Options that are times: <c>60s</c>, <c>5m</c>, <c>1h</c>, or a number of seconds.</summary>
internal static class Durations
{
    public static Option<TimeSpan?> Create(string name, string description) =>
        new(name) { Description = description, CustomParser = Read, HelpName = "TIME" };

    private static TimeSpan? Read(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var unit = text is [.., 'h'] ? 3600 : text is [.., 'm'] ? 60 : 1;
        var number = text is [.. var digits, 's' or 'm' or 'h'] ? digits : text;
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * unit <= TimeSpan.FromDays(1).TotalSeconds)
            return TimeSpan.FromSeconds(value * unit);
        argument.AddError($"'{text}' is no time: 60s, 5m, 1h");
        return null;
    }
}
