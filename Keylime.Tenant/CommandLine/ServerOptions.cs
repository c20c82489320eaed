using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.CommandLine;

/// <summary>Options of every verb that speaks to servers, and how such a verb is run.</summary>
internal sealed class ServerOptions(TenantEnvironment environment)
{
    private readonly Option<string?> _verifier = new("--verifier") { Description = "Verifiers or gateways: host[:port][@zone], several with commas (tenant.conf: verifier_ip)", HelpName = "HOST" };
    private readonly Option<string?> _registrar = new("--registrar") { Description = "Registrars or gateways: host[:port][@zone], several with commas (tenant.conf: registrar_ip)", HelpName = "HOST" };
    private readonly Option<OutputFormat?> _output = OutputOption.Create("How results are written to standard output");

    /// <summary>Adds the options and the action: opens the session, and turns errors into exit codes.</summary>
    public void SetAction(Command command, Func<Verb, CancellationToken, Task<int>> run)
    {
        command.Options.Add(_verifier);
        command.Options.Add(_registrar);
        command.Options.Add(_output);
        command.SetAction((arguments, ct) => ErrorReporting.RunAsync(environment.Error, async () =>
        {
            using var session = TenantSession.Open(environment.LoadSettings(), new(arguments.GetValue(_verifier), null, arguments.GetValue(_registrar)), environment.Error);
            return await run(new(arguments, session, new Report(environment.Output, arguments.GetValue(_output) ?? OutputFormat.Table)), ct);
        }));
    }
}

/// <summary>What a verb works with.</summary>
internal sealed record Verb(ParseResult Arguments, TenantSession Session, Report Report)
{
    /// <summary>Writes what a <c>list</c> verb found. That it found nothing goes to the log: the output stays what programs expect.</summary>
    public void Show<T>(IReadOnlyList<T> rows, string none, JsonTypeInfo<IReadOnlyList<T>> type, params (string Title, Func<T, string> Cell)[] columns)
    {
        if (rows.Count == 0) Session.Log.WriteLine(none);
        Report.Write(rows, type, columns);
    }
}
