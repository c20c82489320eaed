using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Keylime.AppHost;

/// <summary>The options of <c>./keylime up</c>, for those who start the AppHost themselves. What is meant for the host, publishing and
/// <c>--Section:Key=VALUE</c>, is handed on; anything else is a mistake, and starts nothing.</summary>
internal sealed class AppHostCommandLine
{
    /// <summary>EX_USAGE of sysexits.h.</summary>
    public const int Usage = 64;

    /// <summary>Another state folder, for clusters side by side.</summary>
    private const string StateVariable = "KEYLIME_STATE";
    private const string StateKey = "--Local:StateDirectory=";

    private readonly Option<int> _agents = Count("--agents", "Machines to attest, each with a TPM of its own", 3, 0);
    private readonly Option<int> _verifiers = Count("--verifiers", "Verifiers that share them", 2, 1);
    private readonly Option<int> _registrars = Count("--registrars", "Registrars", 2, 1);
    private readonly Option<bool> _single = new("--single") { Description = "Verifier and registrar in one process on SQLite files: no PostgreSQL, no Redis, no gateway" };
    private readonly Option<bool> _detach = new("--detach") { Hidden = true };
    private readonly Option<string>[] _publishing = [Text("--publisher"), Text("--operation"), Text("--step"), Text("--output-path")];
    private readonly RootCommand _root;

    private AppHostCommandLine()
    {
        _root = new($"""
            Runs a whole cluster on this machine, in the foreground: PostgreSQL, Redis, registrars, verifiers, the gateway, and agents on software TPMs. Ctrl-C ends it.

            './keylime up' is the same, and installs and builds what is missing. {StateVariable} names another state folder than .keylime, for clusters side by
            side. --publisher manifest --output-path FILE writes Aspire's deployment manifest instead; --Section:Key=VALUE is configuration of the host.
            """) { _agents, _verifiers, _registrars, _single, _detach };
        foreach (var option in _publishing) _root.Options.Add(option);
    }

    /// <summary>Reads the command line.</summary>
    /// <returns>False when there is nothing to run: help was asked for and given, or an option is wrong and named.</returns>
    public static bool TryRead(string[] arguments, TextWriter output, TextWriter error, out ClusterSize size, out string[] hostArguments, out int exitCode)
    {
        var line = new AppHostCommandLine();
        var configuration = arguments.Where(IsConfiguration).ToList();
        var parsed = line._root.Parse([.. arguments.Where(argument => !IsConfiguration(argument))]);
        exitCode = 0;
        hostArguments = [];
        size = new(0, 0, 0);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            exitCode = Complain(error, parsed.Errors[0].Message);
            return false;
        }
        if (parsed.Action is { } answer) // --help, --version
        {
            parsed.Invoke(new() { Output = output, Error = error });
            return false;
        }
        if (line.FindContradiction(parsed) is { } fault)
        {
            exitCode = Complain(error, fault);
            return false;
        }

        size = line.ReadSize(parsed);
        if (Environment.GetEnvironmentVariable(StateVariable) is { Length: > 0 } state && !configuration.Any(key => key.StartsWith(StateKey, StringComparison.OrdinalIgnoreCase)))
            configuration.Add(StateKey + Path.GetFullPath(state));
        hostArguments = [.. configuration, .. line._publishing.Where(option => Given(parsed, option)).SelectMany(option => (string[])[option.Name, parsed.GetValue(option)!])];
        return true;
    }

    private ClusterSize ReadSize(ParseResult parsed) => parsed.GetValue(_single)
        ? new(parsed.GetValue(_agents), 0, 0)
        : new(parsed.GetValue(_agents), parsed.GetValue(_verifiers), parsed.GetValue(_registrars));

    private string? FindContradiction(ParseResult parsed)
    {
        if (parsed.GetValue(_detach)) return "this is the cluster in the foreground; './keylime up --detach' runs it in the background";
        if (!parsed.GetValue(_single)) return null;
        if (Given(parsed, _verifiers) || Given(parsed, _registrars)) return "--single is one process: it has no --verifiers and no --registrars";
        return _publishing.Any(option => Given(parsed, option)) ? "--single is for one machine: there is nothing to publish" : null;
    }

    private static bool Given(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>A key with its section, as .NET's configuration reads it from a command line.</summary>
    private static bool IsConfiguration(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && argument.IndexOf(':', 0, end) > 0;

    private static int Complain(TextWriter error, string fault)
    {
        error.WriteLine($"Keylime.AppHost: {fault.TrimEnd('.')} (--help says more)");
        return Usage;
    }

    private static Option<string> Text(string name) => new(name) { Hidden = true };

    private static Option<int> Count(string name, string description, int standard, int least) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => standard,
        CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= ClusterSize.Max) return number;
            argument.AddError($"{name} is '{text}', not a number from {least} to {ClusterSize.Max}");
            return standard;
        },
    };
}
