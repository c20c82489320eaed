using System.Diagnostics;

namespace Keylime.AppHost.Tests;

public sealed class AppHostCommandLineTests
{
    // That of whoever runs the tests.
    public AppHostCommandLineTests() => Environment.SetEnvironmentVariable("KEYLIME_STATE", null);

    [Theory]
    [InlineData("", 3, 2, 2)]
    [InlineData("--agents 0 --verifiers 7 --registrars=1", 0, 7, 1)]
    [InlineData("--single", 3, 0, 0)]
    [InlineData("--single --agents 5", 5, 0, 0)]
    [InlineData("--agents 5 --single=true", 5, 0, 0)]
    [InlineData("--verifiers 3 --registrars 3 --single=false", 3, 3, 3)]
    public void Options_are_those_of_up(string line, int agents, int verifiers, int registrars)
    {
        var read = Read(line);
        Assert.Equal(("", "", true, 0), (read.Output, read.Error, read.Runs, read.ExitCode));
        Assert.Equal(new ClusterSize(agents, verifiers, registrars), read.Size);
    }

    [Theory]
    [InlineData("--agnts 7", "--agnts")]
    [InlineData("--agents", "--agents")]
    [InlineData("--agents --single", "--agents")]
    [InlineData("--agents x", "--agents is 'x', not a number from 0 to 100")]
    [InlineData("--agents 101", "--agents is '101'")]
    [InlineData("--agents -1", "--agents is '-1'")]
    [InlineData("--agents=", "--agents")]
    [InlineData("--verifiers 0", "--verifiers is '0', not a number from 1 to 100")]
    [InlineData("--single 5", "5")]
    [InlineData("--single --verifiers 2", "--single is one process")]
    [InlineData("--single --publisher manifest", "--single is for one machine")]
    [InlineData("--detach", "./keylime up --detach")]
    [InlineData("up", "up")]
    [InlineData("--Logging=1", "--Logging")]
    public void A_mistake_is_named_and_nothing_runs(string line, string named)
    {
        var read = Read(line);
        Assert.Equal((false, AppHostCommandLine.Usage, ""), (read.Runs, read.ExitCode, read.Output));
        Assert.Contains(named, read.Error, StringComparison.Ordinal);
        Assert.EndsWith("(--help says more)\n", read.Error, StringComparison.Ordinal);
        Assert.Single(read.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--agents 3 --help")]
    public void Help_runs_nothing(string line)
    {
        var read = Read(line);
        Assert.Equal((false, 0, ""), (read.Runs, read.ExitCode, read.Error));
        foreach (var option in (string[])["--agents <N>", "--verifiers <N>", "--registrars <N>", "--single", "KEYLIME_STATE"]) Assert.Contains(option, read.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Publishing_and_configuration_go_on_to_the_host()
    {
        Assert.Equal(["--publisher", "manifest", "--output-path", "x.json"], Read("--publisher manifest --agents 3 --output-path x.json").HostArguments);
        Assert.Equal(["--Local:StateDirectory=/x:y", "--DcpPublisher:RandomizePorts=true"], Read("--Local:StateDirectory=/x:y --single --DcpPublisher:RandomizePorts=true").HostArguments);
    }

    [Theory]
    [InlineData("", 1, "An AppHost runs already with the state folder STATE ('./keylime down' ends it)")]
    [InlineData("--agnts 7", AppHostCommandLine.Usage, "--agnts")]
    public async Task A_program_that_cannot_start_says_so_in_one_line(string arguments, int exitCode, string said)
    {
        var state = Directory.CreateTempSubdirectory("apphost-tests-").FullName;
        try
        {
            // As an AppHost holds it.
            await using var held = new FileStream(Path.Combine(state, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            var start = new ProcessStartInfo("dotnet", [typeof(AppHostCommandLine).Assembly.Location, .. Words(arguments)]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["KEYLIME_STATE"] = state;
            using var program = Process.Start(start)!;
            var error = await program.StandardError.ReadToEndAsync();
            await program.WaitForExitAsync();
            Assert.Equal(exitCode, program.ExitCode);
            Assert.Contains(said.Replace("STATE", state, StringComparison.Ordinal), Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private static (bool Runs, ClusterSize Size, string[] HostArguments, int ExitCode, string Output, string Error) Read(string line)
    {
        using StringWriter output = new(), error = new();
        var runs = AppHostCommandLine.TryRead(Words(line), output, error, out var size, out var hostArguments, out var exitCode);
        return (runs, size, hostArguments, exitCode, output.ToString(), error.ToString());
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
