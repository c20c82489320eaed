using System.Xml.Linq;
using Keylime.Load.Fleet;
using Keylime.Load.Reports.Html;

namespace Keylime.Load.Tests.Reports.Html;

public sealed class HtmlReportTests
{
    private const string Hostile = "\"><script>alert(1)</script>'&\u0001\n";

    [Fact]
    public void Nothing_that_was_told_becomes_markup()
    {
        var page = HtmlReport.Draw(Samples.Report(Hostile, [new(Hostile, 1, new(1, 2, 3), new(1, 2, 3), 0, new(null, null, null), [3])]) with { Scaling = [new(1, 10, 1, 20), new(2, 19, 0.95, 20)] });
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("'&", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere()
    {
        var page = HtmlReport.Draw(Samples.Report());
        foreach (var reference in (string[])["http:", "https:", "src=", "href=", "url(", "@import"]) Assert.DoesNotContain(reference, page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Its_plots_are_well_formed()
    {
        var page = HtmlReport.Draw(Samples.Report(kills: [new("verifier", 2, new(1, 2, 3), new(1, 2, 3), 0, new(null, null, null), [3, null])]));
        var figures = page.Split("<figure>").Skip(1).Select(part => XElement.Parse("<figure>" + part[..(part.IndexOf("</figure>", StringComparison.Ordinal) + 9)])).ToList();
        Assert.Equal(7, figures.Count);
        Assert.All(figures.SelectMany(figure => figure.Descendants("polyline")), line => Assert.DoesNotContain("NaN", line.Attribute("points")!.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void An_empty_run_can_be_drawn()
    {
        var series = Keylime.Load.Reports.SeriesBuilder.Build([], TimeSpan.FromSeconds(2), []);
        Assert.Contains("</html>", HtmlReport.Draw(Samples.Report() with { Series = series, VerifierCpuMsPerAttestation = null, LatenessMs = new(null, null, null) }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_has_a_gap_where_nothing_is_known()
    {
        var plot = LinePlot.Draw(new("t", "u", [1, 2, 3, 4], [new("a", [1, null, 2, 3])], []));
        Assert.Equal(2, XElement.Parse(plot).Descendants("polyline").Count());
    }

    [Fact]
    public void A_line_may_be_shorter_than_the_run() => Assert.Single(XElement.Parse(LinePlot.Draw(new("t", "u", [1, 2, 3], [new("a", [1])], []))).Descendants("polyline"));

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(0.037, 0.04, 0.01)]
    [InlineData(7, 8, 2)]
    [InlineData(1000, 1000, 200)]
    [InlineData(1234567, 1500000, 500000)]
    public void An_axis_ends_at_a_round_number(double largest, double top, double step)
    {
        var axis = Axis.UpTo(largest);
        Assert.Equal(top, axis.Top, 9);
        Assert.Equal(step, axis.Step, 9);
        Assert.InRange(axis.Ticks.Count(), 2, 7);
    }

    [Theory]
    [InlineData(0.037, "0.01")]
    [InlineData(0.00002, "0.000010")]
    [InlineData(3000, "0")]
    public void Ticks_can_be_told_apart(double largest, string shown) => Assert.Equal(shown, Axis.UpTo(largest).Show(largest < 1 ? Math.Min(0.01, Axis.UpTo(largest).Step * 2) : 0));
}
