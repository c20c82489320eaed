using Keylime.Load.Options;

namespace Keylime.Load.Tests.Options;

public sealed class LoadCommandLineTests
{
    [Fact]
    public void Without_arguments_a_run_is_short_and_kills_nothing()
    {
        var options = Parse();
        Assert.Equal((1000, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), 2, 1), (options.Agents, options.Interval, options.Duration, options.Verifiers, options.Registrars));
        Assert.Empty(options.Kill);
        Assert.Equal((0, 0, null, "standard"), (options.Kills, options.Inject, options.CpuQuotaPercent, options.Output));
    }

    [Fact]
    public void Every_option_is_taken()
    {
        var options = Parse("--agents", "10000", "--interval", "0.5", "--minutes", "10", "--kill", "redis,verifier", "--kills", "20", "--outage", "60", "--inject", "1000", "--verifiers", "3",
            "--registrars", "2", "--cpu-quota", "20", "--seed", "7", "--output", "out", "--json");
        Assert.Equal((10000, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(10), 20, 1000), (options.Agents, options.Interval, options.Duration, options.Kills, options.Inject));
        Assert.Equal([KillTarget.Redis, KillTarget.Verifier], options.Kill);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Outage);
        Assert.Equal((3, 2, 20, 7, "out", true), (options.Verifiers, options.Registrars, options.CpuQuotaPercent, options.Seed, options.Output, options.Json));
    }

    [Theory]
    [InlineData("0.5", 1)]
    [InlineData("10", 5)]
    public void How_often_is_killed_follows_from_the_time_where_nobody_says(string minutes, int kills) => Assert.Equal(kills, Parse("--kill", "redis", "--minutes", minutes).Kills);

    [Fact]
    public void Scaling_limits_each_verifier_where_nobody_says()
    {
        var options = Parse("--scaling", "1,2,4");
        Assert.Equal([1, 2, 4], options.Scaling);
        Assert.Equal(LoadOptions.ScalingQuotaPercent, options.CpuQuotaPercent);
    }

    [Theory]
    [InlineData("--agents", "0")]
    [InlineData("--agents", "-1")]
    [InlineData("--agents", "100001")]
    [InlineData("--agents", "99999999999999999999")]
    [InlineData("--agents", "1e3")]
    [InlineData("--agents", "")]
    [InlineData("--interval", "0")]
    [InlineData("--interval", "-2")]
    [InlineData("--interval", "NaN")]
    [InlineData("--interval", "1e300")]
    [InlineData("--interval", "99999999999999999999999999")]
    [InlineData("--minutes", "0")]
    [InlineData("--minutes", "1441")]
    [InlineData("--kill", "Verifier")]
    [InlineData("--kill", "0")]
    [InlineData("--kill", "verifier,")]
    [InlineData("--kills", "0")]
    [InlineData("--outage", "0")]
    [InlineData("--inject", "x")]
    [InlineData("--verifiers", "101")]
    [InlineData("--registrars", "0")]
    [InlineData("--cpu-quota", "0")]
    [InlineData("--scaling", "2,1")]
    [InlineData("--scaling", "1,,2")]
    [InlineData("--scaling", "0")]
    [InlineData("--seed", "-1")]
    public void A_value_that_is_none_is_refused_and_the_option_named(string option, string value)
    {
        var fault = Assert.Single(Refuse(option, value));
        Assert.Contains(option, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_value_is_not_repeated_whole() => Assert.True(Assert.Single(Refuse("--agents", new string('9', 100_000))).Length < 200);

    [Theory]
    [InlineData("--single", "--kill", "redis")]
    [InlineData("--single", "--scaling", "1,2")]
    [InlineData("--single", "--verifiers", "2")]
    [InlineData("--single", "--registrars", "1")]
    [InlineData("--kill", "verifier", "--verifiers", "1")]
    [InlineData("--kills", "3")]
    [InlineData("--outage", "3")]
    [InlineData("--kill", "verifier", "--outage", "3")]
    [InlineData("--scaling", "1,2", "--kill", "redis")]
    [InlineData("--scaling", "1,2", "--inject", "1")]
    [InlineData("--scaling", "1,2", "--verifiers", "2")]
    [InlineData("--agents", "10", "--inject", "6")]
    [InlineData("--output", " ")]
    [InlineData("--unknown")]
    [InlineData("surplus")]
    public void What_does_not_go_together_is_refused(params string[] arguments) => Assert.NotEmpty(Refuse(arguments));

    [Fact]
    public void The_command_that_the_report_names_leads_to_the_same_run()
    {
        var options = Parse("--agents", "200", "--interval", "0.5", "--minutes", "3", "--kill", "gateway,postgres", "--outage", "7", "--inject", "5", "--verifiers", "4", "--cpu-quota", "30", "--seed", "9");
        var again = Parse([.. CommandText.Of(options).Split(' ').Skip(2)]);
        Assert.Equal(options with { Kill = [], Scaling = [] }, again with { Kill = [], Scaling = [] });
        Assert.Equal(options.Kill, again.Kill);
    }

    [Theory]
    [InlineData("--single")]
    [InlineData("--scaling", "1,3")]
    public void The_command_of_other_kinds_of_runs_can_be_repeated_too(params string[] arguments) =>
        Assert.Equal(CommandText.Of(Parse(arguments)), CommandText.Of(Parse([.. CommandText.Of(Parse(arguments)).Split(' ').Skip(2)])));

    private static LoadOptions Parse(params string[] arguments)
    {
        Assert.True(new LoadCommandLine("standard").TryParse(arguments, out var options, out var faults), string.Join('\n', faults));
        return options!;
    }

    private static IReadOnlyList<string> Refuse(params string[] arguments)
    {
        Assert.False(new LoadCommandLine("standard").TryParse(arguments, out _, out var faults));
        return faults;
    }
}
