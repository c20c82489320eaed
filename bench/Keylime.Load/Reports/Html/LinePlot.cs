using System.Globalization;
using System.Net;
using System.Text;

namespace Keylime.Load.Reports.Html;

/// <summary>A plot as inline SVG. Colours are classes, so that the page's style chooses them for light and dark; hovering tells the values, without a script.</summary>
internal static class LinePlot
{
    private const double Width = 640, Height = 240, Left = 56, Right = 14, Top = 12, Bottom = 26;

    public static string Draw(Plot plot)
    {
        var svg = new StringBuilder();
        var times = Axis.UpTo(plot.Seconds.DefaultIfEmpty(0).Max());
        var values = Axis.UpTo(plot.Lines.SelectMany(line => line.Values).OfType<double>().DefaultIfEmpty(0).Max());
        var lastSecond = Math.Max(plot.Seconds.DefaultIfEmpty(0).Max(), 1);
        double X(double second) => Left + second / lastSecond * (Width - Left - Right);
        double Y(double value) => Height - Bottom - value / values.Top * (Height - Top - Bottom);

        svg.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{Text(plot.Title)} <span class=\"unit\">{Text(plot.Unit)}</span></figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(plot.Title)}\">");
        foreach (var tick in values.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{values.Show(tick)}</text>");
        }
        foreach (var tick in times.Ticks.Where(tick => tick <= lastSecond))
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{X(tick):0.#}\" y=\"{Height - 8}\" text-anchor=\"{(tick == 0 ? "start" : "middle")}\">{times.Show(tick)} s</text>");
        foreach (var happened in plot.Events.Where(happened => happened.Second >= 0 && happened.Second <= lastSecond))
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"event\" x1=\"{X(happened.Second):0.#}\" x2=\"{X(happened.Second):0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
        for (var i = 0; i < plot.Lines.Count; i++)
            foreach (var piece in Pieces(plot.Seconds, plot.Lines[i].Values))
                svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line c{i % Palette.Size}\" points=\"{string.Join(' ', piece.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Second):0.#},{Y(point.Value):0.#}")))}\"/>");
        AppendHover(svg, plot, X);
        svg.Append("</svg>");
        AppendLegend(svg, plot);
        return svg.Append("</figure>\n").ToString();
    }

    /// <summary>Runs of known values. A lone one becomes a short stroke: a line of one point shows nothing.</summary>
    private static IEnumerable<List<(double Second, double Value)>> Pieces(IReadOnlyList<double> seconds, IReadOnlyList<double?> values)
    {
        var piece = new List<(double, double)>();
        for (var i = 0; i <= seconds.Count; i++)
        {
            if (i < seconds.Count && i < values.Count && values[i] is { } value)
            {
                piece.Add((seconds[i], value));
            }
            else if (piece.Count > 0)
            {
                if (piece.Count == 1) piece.Add((piece[0].Item1 + 0.001, piece[0].Item2));
                yield return piece;
                piece = [];
            }
        }
    }

    private static void AppendHover(StringBuilder svg, Plot plot, Func<double, double> x)
    {
        for (var i = 0; i < plot.Seconds.Count; i++)
        {
            var from = i == 0 ? Left : x(plot.Seconds[i - 1]);
            var known = plot.Lines.Where(line => i < line.Values.Count && line.Values[i] is not null).Select(line => $"{line.Name}: {Show(line.Values[i]!.Value)}");
            var happened = plot.Events.Where(one => one.Second <= plot.Seconds[i] && (i == 0 || one.Second > plot.Seconds[i - 1])).Select(one => one.Text);
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"hover\" x=\"{from:0.#}\" y=\"{Top}\" width=\"{Math.Max(0, x(plot.Seconds[i]) - from):0.#}\" height=\"{Height - Top - Bottom}\"><title>");
            svg.Append(Text(string.Join('\n', [string.Create(CultureInfo.InvariantCulture, $"{plot.Seconds[i]} s"), .. known, .. happened]))).Append("</title></rect>");
        }
    }

    private static void AppendLegend(StringBuilder svg, Plot plot)
    {
        if (plot.Lines.Count < 2) return;
        svg.Append("<ul class=\"legend\">");
        for (var i = 0; i < plot.Lines.Count; i++)
            svg.Append(CultureInfo.InvariantCulture, $"<li><i class=\"c{i % Palette.Size}\"></i>{Text(plot.Lines[i].Name)}</li>");
        svg.Append("</ul>");
    }

    private static string Show(double value) => value.ToString(value >= 100 ? "#,0" : "0.####", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
