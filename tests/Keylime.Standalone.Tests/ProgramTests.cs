using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Keylime.ServiceDefaults;
using Keylime.Testing;

namespace Keylime.Standalone.Tests;

/// <summary>The program as an operator starts it.</summary>
public sealed class ProgramTests : IDisposable
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(4)).Token;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-standalone-");
    // Verifier, registrar plain and TLS, management.
    private readonly int[] _ports = TcpPorts.Free(4);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Serves_both_services_answers_probes_once_and_ends_when_told_to()
    {
        using var program = Start([]);
        await UntilHealthyAsync(program);
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true });
        foreach (var address in (string[])[$"https://127.0.0.1:{_ports[0]}/version", $"http://127.0.0.1:{_ports[1]}/version", $"https://127.0.0.1:{_ports[2]}/version"])
            Assert.Contains("supported_versions", await http.GetStringAsync(new Uri(address), Patience), StringComparison.Ordinal);
        // Routes of one service are not on the listeners of the other: this one is the verifier's, for administrators.
        using var verifiers = await http.GetAsync(new Uri($"https://127.0.0.1:{_ports[0]}/v2.6/allowlists"), Patience);
        using var registrars = await http.GetAsync(new Uri($"https://127.0.0.1:{_ports[2]}/v2.6/allowlists"), Patience);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.NotFound), (verifiers.StatusCode, registrars.StatusCode));
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri($"http://127.0.0.1:{_ports[3]}/alive"), Patience));

        using (var kill = Process.Start("kill", ["-TERM", $"{program.Id}"])) await kill.WaitForExitAsync(Patience);
        await program.WaitForExitAsync(Patience);
        Assert.Equal(0, program.ExitCode);
        Assert.Equal(["cv_data.sqlite", "reg_data.sqlite"], _folder.GetFiles("*.sqlite").Select(file => file.Name).Order());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_port_that_is_taken_ends_both_services(int port)
    {
        using var taken = new TcpListener(IPAddress.Loopback, _ports[port]);
        taken.Start();
        using var program = Start([]);
        await program.WaitForExitAsync(Patience);
        Assert.Equal(KeylimeHost.AddressTaken, program.ExitCode);
    }

    [Fact]
    public async Task Help_opens_no_port_and_makes_no_file()
    {
        using var program = Start(["--help"]);
        await program.WaitForExitAsync(Patience);
        Assert.Equal(0, program.ExitCode);
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("KEYLIME_VERIFIER_QUOTE_INTERVAL", "often", "quote_interval")]
    [InlineData("KEYLIME_REGISTRAR_TPM_IDENTITY", "none", "tpm_identity")]
    public async Task A_bad_option_of_either_service_is_named_by_the_exit(string variable, string value, string option)
    {
        using var program = Start([], (variable, value));
        var error = await program.StandardError.ReadToEndAsync(Patience);
        await program.WaitForExitAsync(Patience);
        Assert.Equal(KeylimeHost.BadConfiguration, program.ExitCode);
        Assert.Contains(option, error, StringComparison.Ordinal);
        Assert.StartsWith("Keylime.Standalone: ", error, StringComparison.Ordinal);
    }

    private Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(JointRun).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("KEYLIME_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["KEYLIME_DIR"] = _folder.FullName;
        start.Environment["KEYLIME_VERIFIER_PORT"] = $"{_ports[0]}";
        start.Environment["KEYLIME_REGISTRAR_PORT"] = $"{_ports[1]}";
        start.Environment["KEYLIME_REGISTRAR_TLS_PORT"] = $"{_ports[2]}";
        start.Environment["KEYLIME_MANAGEMENT_PORT"] = $"{_ports[3]}";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var program = Process.Start(start)!;
        // A pipe that nobody empties would stop the program some day.
        program.OutputDataReceived += (_, _) => { };
        program.BeginOutputReadLine();
        return program;
    }

    private async Task UntilHealthyAsync(Process program)
    {
        using var http = new HttpClient();
        for (var patience = Patience; ; await Task.Delay(50, patience))
            try
            {
                Assert.False(program.HasExited, "it has ended");
                using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{_ports[3]}/health"), patience);
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
    }
}
