using System.CommandLine;
using System.CommandLine.Parsing;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.CommandLine;

/// <summary>The option that chooses how results are written.</summary>
internal static class OutputOption
{
    public static Option<OutputFormat?> Create(string description) =>
        new("--output", "-o") { Description = description, HelpName = "table|json", CustomParser = Read };

    private static OutputFormat? Read(ArgumentResult argument)
    {
        switch (argument.Tokens[0].Value)
        {
            case "table":
                return OutputFormat.Table;
            case "json":
                return OutputFormat.Json;
            case var text:
                argument.AddError($"'{text}' is no format: table or json");
                return null;
        }
    }
}
