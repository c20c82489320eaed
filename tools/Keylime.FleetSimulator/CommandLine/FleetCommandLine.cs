using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Machines;
using Keylime.Protocol;

namespace Keylime.FleetSimulator.CommandLine;

/// <summary>The options and what they may be. Everything wrong is said before anything is started.</summary>
internal sealed class FleetCommandLine
{
    private const int MaxAgents = 1_000_000;

    private static readonly IPAddress s_firstAddress = IPAddress.Parse("127.64.0.1");

    private readonly Option<int?> _agents = Whole("--agents", "How many agents", 1, MaxAgents, "N");
    private readonly Option<string?> _ids = new("--ids") { Description = "Their ids, in place of ones from the seed", HelpName = "ID,..." };
    private readonly Option<IReadOnlyList<Uri>> _registrars = Addresses("--registrar", "Registrars or gateways to register with, http:// or https://; without it the agents only serve", Uri.UriSchemeHttp, Uri.UriSchemeHttps);
    private readonly Option<IReadOnlyList<Uri>> _verifiers = Addresses("--verifier", "Verifiers or gateways to be enrolled with, https://; without it the agents are not enrolled", Uri.UriSchemeHttps);
    private readonly Option<string> _tls = new("--tls") { Description = "Folder with cacert.crt, and for --verifier client-cert.crt and client-private.pem", HelpName = "DIR", DefaultValueFactory = _ => "/var/lib/keylime/cv_ca" };
    private readonly Option<IPAddress?> _addressBase = new("--address-base") { Description = "Address of the first agent; the others have those that follow (127.64.0.1)", HelpName = "ADDRESS", CustomParser = ReadAddress };
    private readonly Option<int?> _port = Whole("--port", "Port of all agents, 0 for a free one (9002)", 0, 65535, "PORT");
    private readonly Option<string?> _seed = new("--seed") { Description = "Whatever ids and elliptic-curve keys are derived from: the same seed gives the same machines. Default: a new one, which is printed", HelpName = "TEXT" };
    private readonly Option<double?> _interval = Real("--interval", "The verifiers' quote interval; two of them are an agent's deadline (2)", 0.01, 86_400, "SECONDS");
    private readonly Option<KeyKind> _key = new("--key") { Description = "TPM keys: ecdsa (P-256), or rsa (2048 bits)", HelpName = "KIND", CustomParser = ReadKey };
    private readonly Option<bool> _bootLog = new("--boot-log") { Description = "Machines with a boot log, enrolled with a measured-boot policy that any engine 'accept-all' lets pass" };
    private readonly Option<int?> _imaEntries = Whole("--ima-entries", "Entries of an IMA list after the boot (50)", 0, 1_000_000, "N");
    private readonly Option<double?> _imaRate = Real("--ima-rate", "Entries that an agent's IMA list grows by, per second (0)", 0, 10_000, "N");
    private readonly Option<double?> _slow = Real("--slow-seconds", "How late agents with the fault 'slow' answer (30)", 0, 86_400, "SECONDS");
    private readonly Option<bool> _keep = new("--keep") { Description = "Leave agents and runtime policy with the verifiers at the end" };
    private readonly Option<bool> _json = new("--json") { Description = "Events as JSON lines on standard output, commands as JSON lines on standard input" };

    public RootCommand Create(Func<FleetOptions, bool, CancellationToken, Task<int>> run)
    {
        var command = new RootCommand("""
            Simulates a fleet of Keylime agents: each with TPM keys, a TLS certificate and an IMA list of its own, all in one process and on one port of
            neighbouring addresses. They register with any registrar, are enrolled with any verifier, and answer with real quotes.

            Commands with --json: {"command":"inject","fault":"bad-signature|wrong-nonce|tampered-entry|slow|dead|reboot","count":1} or "agents":[ids];
            heal (agents); mark (name, agents, timeoutSeconds); reset; report; list; stop. The end of the input stops too.
            """)
        {
            _agents, _ids, _registrars, _verifiers, _tls, _addressBase, _port, _seed, _interval, _key, _bootLog, _imaEntries, _imaRate, _slow, _keep, _json,
        };
        command.Validators.Add(CheckTogether);
        command.SetAction((arguments, ct) => run(Read(arguments), arguments.GetValue(_json), ct));
        return command;
    }

    private FleetOptions Read(ParseResult arguments)
    {
        var seed = arguments.GetValue(_seed) is { } text ? new FleetSeed(text) : FleetSeed.Random();
        return new()
        {
            Registrars = arguments.GetValue(_registrars) ?? [],
            Verifiers = arguments.GetValue(_verifiers) ?? [],
            TlsFolder = arguments.GetValue(_tls)!,
            Seed = seed,
            Ids = arguments.GetValue(_ids) is { } ids
                ? [.. ids.Split(',').Select(AgentId.Parse)]
                : [.. Enumerable.Range(0, arguments.GetValue(_agents)!.Value).Select(seed.IdOf)],
            FirstAddress = arguments.GetValue(_addressBase) ?? s_firstAddress,
            Port = arguments.GetValue(_port) ?? 9002,
            Interval = TimeSpan.FromSeconds(arguments.GetValue(_interval) ?? 2),
            Keys = arguments.GetValue(_key),
            BootLog = arguments.GetValue(_bootLog),
            ImaEntries = arguments.GetValue(_imaEntries) ?? 50,
            ImaRate = arguments.GetValue(_imaRate) ?? 0,
            Slowness = TimeSpan.FromSeconds(arguments.GetValue(_slow) ?? 30),
            Keep = arguments.GetValue(_keep),
        };
    }

    private void CheckTogether(CommandResult result)
    {
        // What an option says of itself is told by itself.
        if (!TryGet(result, _ids, out var list) || !TryGet(result, _agents, out var agents) || !TryGet(result, _addressBase, out var first)) return;
        var ids = list?.Split(',');
        if (ids is null == agents is null)
        {
            result.AddError("either --agents or --ids is needed");
            return;
        }
        if (ids?.FirstOrDefault(id => !AgentId.TryParse(id, out _)) is { } wrong) result.AddError($"--ids: '{wrong}' is no agent id: 1 to 80 characters out of A-Z a-z 0-9 _ . -");
        else if (ids is not null && ids.Distinct(StringComparer.Ordinal).Count() != ids.Length) result.AddError("--ids: an id is named twice");
        if (!AgentPopulation.HasAddresses(first ?? s_firstAddress, ids?.Length ?? agents!.Value))
            result.AddError($"--address-base: there are not enough addresses of its kind after {first ?? s_firstAddress} for all agents");
    }

    /// <summary>False for a value that the option's parser refused: the command line throws then, with the words of the refusal.</summary>
    private static bool TryGet<T>(CommandResult result, Option<T> option, out T? value)
    {
        value = default;
        try { value = result.GetValue(option); }
        catch (InvalidOperationException) { return false; }
        return true;
    }

    private static Option<int?> Whole(string name, string description, int least, int most, string help) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
            result.AddError($"{name} is a whole number from {least} to {most}, not '{result.Tokens[0].Value}'");
            return null;
        },
    };

    private static Option<double?> Real(string name, string description, double least, double most, string help) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {least} to {most}, not '{result.Tokens[0].Value}'"));
            return null;
        },
    };

    private static Option<IReadOnlyList<Uri>> Addresses(string name, string description, params string[] schemes) => new(name)
    {
        Description = description,
        HelpName = "URL,...",
        CustomParser = result =>
        {
            var addresses = new List<Uri>();
            foreach (var text in result.Tokens[0].Value.Split(','))
                if (Uri.TryCreate(text, UriKind.Absolute, out var address) && schemes.Contains(address.Scheme) && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" }) addresses.Add(address);
                else result.AddError($"{name}: '{text}' is no address: {schemes[^1]}://host:port");
            return addresses;
        },
    };

    private static IPAddress? ReadAddress(ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && result.Tokens[0].Value.Count(c => c == '.') == 3) return address;
        result.AddError($"--address-base is an IPv4 address, not '{result.Tokens[0].Value}'");
        return null;
    }

    private static KeyKind ReadKey(ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "ecdsa": return KeyKind.Ecdsa;
            case "rsa": return KeyKind.Rsa;
            default:
                result.AddError($"--key is ecdsa or rsa, not '{result.Tokens[0].Value}'");
                return default;
        }
    }
}
