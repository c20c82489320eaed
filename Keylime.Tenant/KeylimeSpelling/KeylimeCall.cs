using System.CommandLine;
using Keylime.Protocol;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>One call of a command in Keylime's spelling.</summary>
internal sealed record KeylimeCall(ParseResult Parsed, KeylimeArguments Options, TenantSession Session, AgentId Agent, TextWriter Output)
{
    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public string? VerifierId => Get(Options.VerifierId);

    public string VerifierName => Name("Verifier", Session.Config.Verifiers[0].Address, VerifierId);

    public string RegistrarName => Name("Registrar", Session.Config.Registrars[0].Address, null);

    public void Say(string message) => Session.Log.WriteLine(message);

    private static string Name(string kind, Uri address, string? id) => $"{kind}{(id is null ? "" : $" {id}")} ({address.DnsSafeHost}:{address.Port})";
}
