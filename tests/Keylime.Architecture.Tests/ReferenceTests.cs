using System.Text.RegularExpressions;

namespace Keylime.Architecture.Tests;

/// <summary>The tables of docs/reference say what the sources say, no less and no more. Sources are read as text: what they must look like to be found is in the expressions.</summary>
public sealed partial class ReferenceTests
{
    /// <summary>Sources that read options, and the sections of configuration.md that list them.</summary>
    public static TheoryData<string, string> OptionReaders => new()
    {
        { "Keylime.Verifier", "Verifier" }, { "Keylime.Registrar", "Registrar" }, { "Keylime.Gateway", "Gateway" },
        { "Keylime.Agent", "Agent" }, { "Keylime.Tenant", "Tenant" }, { "Keylime.ServiceDefaults", "Every service" },
    };

    /// <summary>Where event ids are declared, and the sections of events.md that list them.</summary>
    public static TheoryData<string, string> EventDeclarations => new()
    {
        { "Keylime.Verifier/EventIds.cs", "Verifier" }, { "Keylime.Registrar/EventIds.cs", "Registrar" }, { "Keylime.Gateway/EventIds.cs", "Gateway" },
        { "Keylime.Agent/EventIds.cs", "Agent" }, { "adapters/Keylime.Storage/StorageEvents.cs", "Storage" }, { "Keylime.ServiceDefaults/EventIds.cs", "Every service" },
    };

    [Theory, MemberData(nameof(OptionReaders))]
    public void Every_option_is_documented_and_every_documented_option_is_read(string folder, string section) =>
        AssertSame(SourcesOf(folder).SelectMany(OptionsOf), ReferenceTable.Read("configuration.md").CellsOf(section, OptionName()));

    /// <summary>A method that hands an option's name on would hide options from these tests: each has to be known to <see cref="OptionRead"/>.</summary>
    [Fact]
    public void Options_are_read_by_literal_names_but_for_the_known_methods() =>
        AssertSame(Programs().Where(source => OptionReadByOtherName().IsMatch(source.Text)).Select(source => source.Path),
            ["Keylime.Agent/AgentConfig.cs", "Keylime.Agent/OptionPaths.cs", "Keylime.Agent/Registration/RegistrationOptions.cs", "Keylime.Gateway/Backends/BackendAddresses.cs",
             "Keylime.ServiceDefaults/Configuration/KeylimeSettings.cs", "Keylime.ServiceDefaults/Tls/TlsDirectory.cs", "Keylime.Tenant/Connections/TenantConfig.cs"]);

    [Theory, MemberData(nameof(EventDeclarations))]
    public void Every_log_event_is_documented_with_its_level(string declaration, string section)
    {
        var ids = EventId().Matches(Source.Read(declaration).Text).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["id"].Value);
        var levels = SourcesOf(Path.GetDirectoryName(declaration)!).SelectMany(source => LogMessage().Matches(source.Text))
            .Where(match => match.Groups["class"].Value == Path.GetFileNameWithoutExtension(declaration))
            .ToLookup(match => match.Groups["name"].Value, match => match.Groups["level"].Value);

        AssertSame(ids.Select(id => $"{id.Value} {id.Key} {string.Join('/', levels[id.Key].Distinct())}"),
            ReferenceTable.Read("events.md").RowsOf(section).Select(row => $"{row[0]} {row[1].Trim('`')} {row[2]}"));
    }

    [Fact]
    public void Every_declaration_of_log_events_is_looked_at() =>
        AssertSame(Programs().Where(source => EventId().IsMatch(source.Text)).Select(source => source.Path)
                .Where(path => path.EndsWith("EventIds.cs", StringComparison.Ordinal) || path.EndsWith("Events.cs", StringComparison.Ordinal)),
            EventDeclarations.Select(row => (string)row[0]));

    [Fact]
    public void Every_metric_is_documented() =>
        AssertSame(Programs().SelectMany(source => Metric().Matches(source.Text)).Select(match => match.Groups["name"].Value),
            ReferenceTable.Read("metrics.md").Sections.SelectMany(section => ReferenceTable.Read("metrics.md").CellsOf(section, MetricName())));

    [Fact]
    public void Every_failure_is_documented_and_every_documented_failure_exists()
    {
        var made = AttestationFailures().Concat(VerifierFailures()).ToList();
        var told = ReferenceTable.Read("failures.md").AllRows.Where(row => row.Count > 1 && row[1] is "yes" or "no").Select(row => (Id: row[0].Trim('`'), Recoverable: row[1] == "yes")).ToList();

        Assert.NotEmpty(made);
        Assert.All(made, failure => Assert.Contains(told, row => row.Recoverable == failure.Recoverable && failure.Matches(row.Id)));
        Assert.All(told, row => Assert.Contains(made, failure => row.Recoverable == failure.Recoverable && failure.Matches(row.Id)));
    }

    [Fact]
    public void Every_fault_of_the_device_mapper_is_documented()
    {
        const string path = "core/Keylime.Attestation/Policies/DeviceMapper/DeviceMapperAppraisal.cs";
        var faults = DeviceMapperFault().Matches(Source.Read(path).Text).Select(match => match.Groups["fault"].Value)
            // A rename spoils one of two members.
            .SelectMany(fault => fault.Contains("{member}", StringComparison.Ordinal) ? [fault.Replace("{member}", "name", StringComparison.Ordinal), fault.Replace("{member}", "uuid", StringComparison.Ordinal)] : new[] { fault });
        AssertSame(faults, ReferenceTable.Read("failures.md").RowsOf("Device mapper").Where(row => row.Count == 2).SelectMany(row => OptionName().Matches(row[0])).Select(match => match.Groups["name"].Value));
    }

    [Fact]
    public void Every_link_of_the_documentation_leads_somewhere()
    {
        var broken = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(Repository.Root, "README.md"))
            .SelectMany(file => Link().Matches(File.ReadAllText(file)).Select(match => (File: Repository.Relative(file), Target: match.Groups["target"].Value, Folder: Path.GetDirectoryName(file)!)))
            .Where(link => !link.Target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(link.Folder, link.Target.Split('#')[0])))
            .Select(link => $"{link.File}: {link.Target}");
        Assert.Empty(broken);
    }

    private static IEnumerable<string> OptionsOf(Source source)
    {
        foreach (Match match in OptionRead().Matches(source.Text)) yield return match.Groups["name"].Value;
        // The tenant's $"{server}_port": one option for each server that the method is called with.
        foreach (Match suffix in OptionOfServer().Matches(source.Text))
            foreach (Match server in Server().Matches(source.Text)) yield return server.Groups["name"].Value + suffix.Groups["suffix"].Value;
    }

    private static IEnumerable<FailureId> AttestationFailures()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "core/Keylime.Attestation"), "AttestationFailure*.cs").Select(path => Source.Read(Repository.Relative(path))).ToList();
        var constants = sources.SelectMany(source => TextConstant().Matches(source.Text)).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        foreach (Match match in sources.SelectMany(source => Failure().Matches(source.Text)))
        {
            var prefix = match.Groups["constant"] is { Success: true } constant ? constants[constant.Value] : "";
            var id = constants.Aggregate(match.Groups["id"].Value, (text, pair) => text.Replace($"{{{pair.Key}}}", pair.Value, StringComparison.Ordinal));
            yield return new(prefix + id, match.Groups["recoverable"].Value == "true");
        }
    }

    /// <summary>The verifier's own: <c>Internal("not_reachable", ...)</c>, which cannot be recovered from.</summary>
    private static IEnumerable<FailureId> VerifierFailures()
    {
        foreach (Match match in SourcesOf("Keylime.Verifier").SelectMany(source => InternalFailure().Matches(source.Text)))
            foreach (Capture name in match.Groups["name"].Captures) yield return new("internal.verifier." + name.Value, Recoverable: false);
    }

    private static IEnumerable<Source> Programs() => new[] { "Keylime.Verifier", "Keylime.Registrar", "Keylime.Gateway", "Keylime.Agent", "Keylime.Tenant", "Keylime.ServiceDefaults", "adapters" }.SelectMany(SourcesOf);

    private static IEnumerable<Source> SourcesOf(string folder) =>
        Repository.SourceFiles("*.cs").Select(Repository.Relative).Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)).Select(Source.Read);

    private static void AssertSame(IEnumerable<string> inCode, IEnumerable<string> inDocs)
    {
        var (code, docs) = (inCode.ToHashSet(StringComparer.Ordinal), inDocs.ToHashSet(StringComparer.Ordinal));
        Assert.NotEmpty(code);
        Assert.True(code.SetEquals(docs), $"only in the code: {string.Join(", ", code.Except(docs).Order(StringComparer.Ordinal))}; only in the documentation: {string.Join(", ", docs.Except(code).Order(StringComparer.Ordinal))}");
    }

    /// <summary>A source file as text.</summary>
    private sealed record Source(string Path, string Text)
    {
        public static Source Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Repository.Root, path)));
    }

    /// <summary>An event id as the source has it, with <c>{holes}</c>; the documentation fills each with a word or with <c>&lt;pcr&gt;</c>.</summary>
    private sealed record FailureId(string Pattern, bool Recoverable)
    {
        public bool Matches(string id) => Regex.IsMatch(id, $@"\A{Regex.Replace(Regex.Escape(Pattern), @"\\\{[^}]*\}", "(?:<[a-z]+>|[a-z_]+)")}\z");
    }

    [GeneratedRegex("""\b(?:Get(?:Text|Boolean|Integer|Seconds|List|Address|Port)|FindText|FileOf|TrustOf|paths\.Get|ReadName|ReadMilliseconds|BackendAddresses\.Read)\((?:settings,\ )?"(?<name>[a-z][a-z0-9_]*)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex OptionRead();

    // Digits: a database reader's columns.
    [GeneratedRegex("""\.(?:Get(?:Text|Boolean|Integer|Seconds|List|Address|Port)|FindText)\([^")\d]|\bFindText\(option""")]
    private static partial Regex OptionReadByOtherName();

    [GeneratedRegex("""\(\$"\{server\}(?<suffix>_[a-z]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex OptionOfServer();

    [GeneratedRegex("""Addresses\(settings,\ "(?<name>[a-z]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Server();

    [GeneratedRegex("`(?<name>[a-z][a-z0-9_]*)`")]
    private static partial Regex OptionName();

    [GeneratedRegex(@"public const int (?<name>\w+) = (?<id>\d+);")]
    private static partial Regex EventId();

    [GeneratedRegex(@"LoggerMessage\((?<class>\w+)\.(?<name>\w+), LogLevel\.(?<level>\w+)")]
    private static partial Regex LogMessage();

    [GeneratedRegex("""Create(?:Observable)?(?:Counter|Gauge|Histogram|UpDownCounter)(?:<\w+>)?\(\s*"(?<name>[^"]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Metric();

    [GeneratedRegex(@"`(?<name>keylime\.[a-z.]+)`")]
    private static partial Regex MetricName();

    [GeneratedRegex("""new\((?:(?<constant>\w+)\s\+\s)?\$?"(?<id>[^"]+)",.*Recoverable:\s(?<recoverable>true|false)""", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Failure();

    [GeneratedRegex("""const string (?<name>\w+) = "(?<value>[^"]*)";""")]
    private static partial Regex TextConstant();

    [GeneratedRegex("""\bInternal\((?:[^",]*\?\s)?"(?<name>\w+)"(?:\s:\s"(?<name>\w+)")?""", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex InternalFailure();

    [GeneratedRegex("""\b(?:Fail|Spoil)\((?:key,\sdevice,\s)?\$?"(?<fault>[\w{}]+)"|=>\s"(?<fault>\w+_before_table_load)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex DeviceMapperFault();

    [GeneratedRegex(@"\]\((?<target>[^)\s#]+)[^)\s]*\)")]
    private static partial Regex Link();
}
