using Keylime.ServiceDefaults.CommandLine;

namespace Keylime.ServiceDefaults.Tests.CommandLine;

public sealed class ServiceCommandLineTests
{
    private static readonly ProgramDescription Program = new("Keylime.Both", "is two services", ["verifier", "registrar"], ("TCTI", "the TPM"));

    [Theory]
    [InlineData()]
    [InlineData("--Logging:LogLevel:Default=Debug")]
    public void A_service_runs_with_nothing_but_the_frameworks_configuration(params string[] arguments) =>
        Assert.Equal((null, "", ""), Answer(arguments));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--mistake", "--help")]
    [InlineData("--version", "--help")]
    public void Help_tells_where_the_options_are(params string[] arguments)
    {
        var (exitCode, output, error) = Answer(arguments);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("Keylime.Both is two services.\n", output, StringComparison.Ordinal);
        foreach (var part in (string[])["/etc/keylime/verifier.conf", "/usr/etc/keylime/registrar.conf", "KEYLIME_REGISTRAR_CONFIG", "KEYLIME_VERIFIER_<OPTION>", "KEYLIME_DIR", "TCTI "])
            Assert.Contains(part, output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_one_line()
    {
        var (exitCode, output, error) = Answer("--version");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(@"^\d+\.\d+\S*\n$", output);
    }

    [Theory]
    [InlineData("--hepl")]
    [InlineData("help")]
    [InlineData("--port=8881")]
    [InlineData("--urls", "http://*:80")]
    [InlineData("--Logging:LogLevel:Default", "Debug")]
    [InlineData("=a:b")]
    [InlineData("")]
    public void An_unknown_word_is_named_and_nothing_starts(params string[] arguments)
    {
        var (exitCode, output, error) = Answer(arguments);
        Assert.Equal((KeylimeHost.Usage, ""), (exitCode, output));
        Assert.StartsWith($"Keylime.Both: '{arguments[0]}'", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static (int? ExitCode, string Output, string Error) Answer(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var exitCode = ServiceCommandLine.Answer(Program, arguments, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
