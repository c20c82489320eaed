using System.CommandLine;
using System.CommandLine.Parsing;
using Keylime.Protocol;

namespace Keylime.Tenant.CommandLine;

/// <summary>Arguments that are agents' ids.</summary>
internal static class AgentIds
{
    public static Argument<AgentId[]> Create() => new("ID") { Description = "Agents", Arity = ArgumentArity.OneOrMore, CustomParser = Read };

    private static AgentId[] Read(ArgumentResult argument)
    {
        var ids = new List<AgentId>();
        foreach (var token in argument.Tokens)
            if (AgentId.TryParse(token.Value, out var id)) ids.Add(id);
            else argument.AddError($"'{token.Value}' is no agent id: 1 to 80 characters out of A-Z a-z 0-9 _ . -");
        return [.. ids.Distinct()];
    }
}
