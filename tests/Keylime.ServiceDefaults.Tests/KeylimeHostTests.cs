using System.Net;
using System.Net.Sockets;
using Keylime.ServiceDefaults.CommandLine;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;

namespace Keylime.ServiceDefaults.Tests;

public sealed class KeylimeHostTests
{
    private static readonly ProgramDescription Program = new("Keylime.Verifier", "verifies", ["verifier"]);

    [Theory]
    [InlineData("--help", 0)]
    [InlineData("--version", 0)]
    [InlineData("--port=1", 64)]
    public async Task A_program_that_is_only_asked_composes_nothing(string argument, int exitCode) =>
        Assert.Equal(exitCode, await KeylimeHost.RunAsync(Program, [argument], WebApplication () => throw new InvalidOperationException("composed")));

    [Fact]
    public async Task Ends_on_a_bad_configuration_with_a_code_of_its_own() =>
        Assert.Equal(78, await KeylimeHost.RunAsync(Program, [], WebApplication () => throw new ConfigurationException("verifier: option port = 'x' must be a number")));

    [Fact]
    public async Task Ends_on_an_address_that_is_taken_with_a_code_of_its_own()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        Assert.Equal(69, await KeylimeHost.RunAsync(Program, [], () =>
        {
            var builder = WebApplication.CreateBuilder();
            builder.AddServiceDefaults(KeylimeSettings.Load("verifier", new Dictionary<string, string>(), "/nowhere"));
            return builder.ListenPlain(IPAddress.Loopback, ((IPEndPoint)taken.LocalEndpoint).Port).Build();
        }));
    }

    [Fact]
    public async Task Lets_faults_of_ours_through() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => KeylimeHost.RunAsync(Program, [], WebApplication () => throw new InvalidOperationException("a bug")));
}
