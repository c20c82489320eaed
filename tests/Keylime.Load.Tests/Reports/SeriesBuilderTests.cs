using Keylime.Load.Reports;

namespace Keylime.Load.Tests.Reports;

public sealed class SeriesBuilderTests
{
    [Fact]
    public void A_short_run_shows_every_second()
    {
        var series = SeriesBuilder.Build(Samples.Even(8), TimeSpan.FromSeconds(2), []);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], series.Seconds);
        Assert.All(series.AttestationsPerSecond, rate => Assert.Equal(100, rate));
        Assert.All(series.CpuMsPerAttestation["verifier-0"], cpu => Assert.Equal(0.1, cpu));
        Assert.All(series.ResidentMiB["verifier-0"], memory => Assert.Equal(2, memory));
        Assert.Equal(3000, series.LatenessMs.Max[6]);
    }

    [Fact]
    public void A_long_run_shows_a_few_hundred_points_and_the_worst_of_each()
    {
        var series = SeriesBuilder.Build(Samples.Even(3600), TimeSpan.FromSeconds(2), []);
        Assert.InRange(series.Seconds.Count, 100, 240);
        Assert.Equal(3600, series.Seconds[^1]);
        Assert.Equal(3000, series.LatenessMs.Max[0]);
        Assert.Equal(100, series.LatenessMs.Max[1]);
        Assert.All(series.AttestationsPerSecond, rate => Assert.Equal(100, rate));
    }

    [Fact]
    public void The_rest_at_the_end_belongs_to_the_last_point()
    {
        var series = SeriesBuilder.Build(Samples.Even(12), TimeSpan.FromSeconds(2), []);
        Assert.Equal([5, 12], series.Seconds);
        Assert.Equal([100, 100], series.AttestationsPerSecond);
    }

    [Fact]
    public void Counters_that_are_read_seldom_give_a_rate_where_they_were_read()
    {
        var series = SeriesBuilder.Build(Samples.Even(10), TimeSpan.FromSeconds(2), []);
        Assert.Equal([null, null, null, null, 3, null, null, null, null, 3], series.SqlStatementsPerSecond);
        Assert.All(series.RedisCommandsPerSecond, Assert.Null);
    }

    [Fact]
    public void A_second_without_attestations_has_no_cost_of_one()
    {
        var samples = Samples.Even(2);
        var series = SeriesBuilder.Build([samples[0], samples[1] with { Quotes = samples[0].Quotes, GapSeconds = new(null, null, null) }], TimeSpan.FromSeconds(2), []);
        Assert.Equal((0.0, null, null), (series.AttestationsPerSecond[1], series.CpuMsPerAttestation["verifier-0"][1], series.LatenessMs.P50[1]));
    }

    [Fact]
    public void A_run_without_samples_has_no_points() => Assert.Empty(SeriesBuilder.Build([], TimeSpan.FromSeconds(2), []).Seconds);

    [Fact]
    public void Lateness_is_what_a_gap_exceeds_the_interval_by_and_never_negative() =>
        Assert.Equal(new Load.Fleet.Spread(0, 500, null), new Load.Fleet.Spread(1.9, 2.5, null).ToLateness(TimeSpan.FromSeconds(2)));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Figures_are_numbers(double figure) => Assert.Equal(0, figure.Rounded(2));
}
