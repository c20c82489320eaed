using System.CommandLine;
using System.CommandLine.Help;
using Keylime.Protocol;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>Reads and runs Keylime's own command line.</summary>
internal static class KeylimeCommandLine
{
    private const string DefaultUuid = "d432fbb3-d2f1-4a97-9ef7-75bd81c00000";

    private static readonly string[] Ours = ["-h", "-?", "--help", "--version", "-o", "--output", "--verifier", "--registrar"];

    /// <summary>Keylime's has options only, so a first word that is an option and none of ours is its.</summary>
    public static bool IsMeant(string[] arguments) => arguments is [['-', ..] first, ..] && !Ours.Contains(first);

    public static Task<int> RunAsync(string[] words, TenantEnvironment environment, CancellationToken ct)
    {
        var arguments = new KeylimeArguments();
        var root = arguments.ToCommand();
        var parsed = root.Parse(words);
        if (parsed.Action is HelpAction || words is ["-c" or "--command", "help"]) return root.Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = environment.Output, Error = environment.Error }, ct);
        if ((parsed.Errors.Count > 0 ? parsed.Errors[0].Message : CombinationError(parsed, arguments)) is { } problem)
        {
            environment.Error.WriteLine($"keylime_tenant: error: {problem}");
            return Task.FromResult(ExitCodes.Usage);
        }
        var log = new KeylimeLog(environment.Error, TimeProvider.System);
        return ErrorReporting.RunAsync(log, async () =>
        {
            if (KeylimeCommands.Find(parsed.GetValue(arguments.Command)!) is not { } command) throw new UserErrorException($"Invalid command specified: {parsed.GetValue(arguments.Command)}");
            var servers = new ServerAddresses(parsed.GetValue(arguments.Verifier), parsed.GetValue(arguments.VerifierPort), parsed.GetValue(arguments.RegistrarHost), parsed.GetValue(arguments.RegistrarPort));
            var agent = AgentOf(parsed, arguments, log);
            using var session = TenantSession.Open(environment.LoadSettings(), servers, log);
            await command(new(parsed, arguments, session, agent, environment.Output), ct);
            return ExitCodes.Done;
        });
    }

    private static AgentId AgentOf(ParseResult parsed, KeylimeArguments arguments, KeylimeLog log)
    {
        if (parsed.GetValue(arguments.Uuid) is not { } text)
        {
            log.WriteLine($"WARNING: Using default UUID {DefaultUuid}");
            return AgentId.Parse(DefaultUuid);
        }
        return AgentId.TryParse(text, out var id) ? id : throw new UserErrorException("The agent ID set via agent uuid parameter use invalid characters");
    }

    // Messages and order are Keylime's.
    private static string? CombinationError(ParseResult parsed, KeylimeArguments arguments)
    {
        bool Has(Option option) => parsed.GetResult(option) is { Implicit: false };
        var unsupported = arguments.Unsupported.FirstOrDefault(Has);
        if (unsupported is not null) return $"{unsupported.Name} is not supported: it needs GPG; put the keys into the runtime policy";
        if (parsed.GetValue(arguments.Command) is "addallowlist" or "addruntimepolicy" && !Has(arguments.Allowlist) && !Has(arguments.AllowlistUrl) && !Has(arguments.RuntimePolicy) && !Has(arguments.RuntimePolicyUrl))
            return "--allowlist or --runtime_policy is required to add a runtime policy";
        if (Has(arguments.Exclude) && !Has(arguments.Allowlist)) return "--exclude cannot be used without an --allowlist";
        if (Has(arguments.Allowlist) && Has(arguments.AllowlistUrl)) return "--allowlist and --allowlist-url cannot be specified at the same time";
        if (Has(arguments.AllowlistUrl)) return "--allowlist-url is not supported: migrate to --runtime-policy-url, which demands a checksum";
        if (Has(arguments.RuntimePolicy) && Has(arguments.RuntimePolicyUrl)) return "--runtime_policy and --runtime_policy-url cannot be specified at the same time";
        if (Has(arguments.RuntimePolicyUrl) && !Has(arguments.RuntimePolicyChecksum)) return "--runtime_policy-url must have --runtime_policy-checksum to verifier integrity";
        if (Has(arguments.RuntimePolicyChecksum) && !Has(arguments.RuntimePolicyUrl) && !Has(arguments.RuntimePolicy))
            return "--runtime_policy-checksum must have either --runtime_policy or --runtime_policy-url";
        return null;
    }
}
