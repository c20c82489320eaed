using Keylime.FleetSimulator.CommandLine;

namespace Keylime.FleetSimulator.Tests.CommandLine;

public sealed class FleetCommandLineTests
{
    private static readonly string[] s_good = ["--registrar", "http://127.0.0.1:8890"];

    [Theory]
    [InlineData("--agents 0", "--agents is a whole number from 1 to 1000000, not '0'")]
    [InlineData("--agents 99999999999999999999", "--agents is a whole number from 1 to 1000000, not '99999999999999999999'")]
    [InlineData("--agents -1", "--agents is a whole number from 1 to 1000000, not '-1'")]
    [InlineData("", "either --agents or --ids is needed")]
    [InlineData("--agents 2 --ids a,b", "either --agents or --ids is needed")]
    [InlineData("--ids a,..", "--ids: '..' is no agent id: 1 to 80 characters out of A-Z a-z 0-9 _ . -")]
    [InlineData("--ids a,b,a", "--ids: an id is named twice")]
    [InlineData("--agents 1 --port 65536", "--port is a whole number from 0 to 65535, not '65536'")]
    [InlineData("--agents 1 --address-base 127.1", "--address-base is an IPv4 address, not '127.1'")]
    [InlineData("--agents 1 --address-base ::1", "--address-base is an IPv4 address, not '::1'")]
    [InlineData("--agents 3 --address-base 127.255.255.254", "--address-base: there are not enough addresses of its kind after 127.255.255.254 for all agents")]
    [InlineData("--agents 3 --address-base 126.255.255.254", "--address-base: there are not enough addresses of its kind after 126.255.255.254 for all agents")]
    [InlineData("--agents 1 --registrar ftp://a:1", "--registrar: 'ftp://a:1' is no address: https://host:port")]
    [InlineData("--agents 1 --registrar http://a:1,nonsense", "--registrar: 'nonsense' is no address: https://host:port")]
    [InlineData("--agents 1 --verifier http://a:1", "--verifier: 'http://a:1' is no address: https://host:port")]
    [InlineData("--agents 1 --verifier https://a:1/path", "--verifier: 'https://a:1/path' is no address: https://host:port")]
    [InlineData("--agents 1 --interval 0", "--interval is a number from 0.01 to 86400, not '0'")]
    [InlineData("--agents 1 --interval NaN", "--interval is a number from 0.01 to 86400, not 'NaN'")]
    [InlineData("--agents 1 --ima-rate 1e300", "--ima-rate is a number from 0 to 10000, not '1e300'")]
    [InlineData("--agents 1 --ima-entries 1.5", "--ima-entries is a whole number from 0 to 1000000, not '1.5'")]
    [InlineData("--agents 1 --slow-seconds -1", "--slow-seconds is a number from 0 to 86400, not '-1'")]
    [InlineData("--agents 1 --key dsa", "--key is ecdsa or rsa, not 'dsa'")]
    [InlineData("--agents 1 --agnets 2", "Unrecognized command or argument '--agnets'.")]
    public void Says_what_is_wrong_with_an_option(string options, string error)
    {
        var parsed = Parse(options, out _);
        Assert.Contains(error, parsed.Errors.Select(e => e.Message));
    }

    [Fact]
    public async Task Reads_what_is_given_and_fills_in_the_rest()
    {
        var parsed = Parse("--agents 3 --seed s --address-base 127.70.0.9 --key rsa --ima-rate 0.5", out var run);
        Assert.Empty(parsed.Errors);
        await parsed.InvokeAsync();
        var options = run()!;

        Assert.Equal(3, options.Ids.Count);
        Assert.Equal("127.70.0.9", options.FirstAddress.ToString());
        Assert.Equal((9002, KeyKind.Rsa, 0.5, 50), (options.Port, options.Keys, options.ImaRate, options.ImaEntries));
        Assert.Equal(TimeSpan.FromSeconds(2), options.Interval);
        Assert.Equal("http://127.0.0.1:8890/", Assert.Single(options.Registrars).ToString());
        Assert.Empty(options.Verifiers);
    }

    private static System.CommandLine.ParseResult Parse(string options, out Func<FleetOptions?> run)
    {
        FleetOptions? read = null;
        run = () => read;
        string[] given = options.Length == 0 ? [] : options.Split(' ');
        return new FleetCommandLine().Create((fleet, _, _) =>
        {
            read = fleet;
            return Task.FromResult(0);
        }).Parse([.. given.Contains("--registrar") ? [] : s_good, .. given]);
    }
}
