using System.Globalization;
using System.Net;
using System.Text;

namespace Keylime.Load.Reports.Html;

/// <summary>One bar for each of a few things, as inline SVG.</summary>
internal static class BarPlot
{
    private const double Width = 640, Height = 240, Left = 56, Right = 14, Top = 20, Bottom = 26, WidestBar = 40;
    /// <summary>More labels than these would run into each other.</summary>
    private const int MostLabels = 12;

    public static string Draw(string title, string unit, IReadOnlyList<(string Name, double? Value)> bars)
    {
        var svg = new StringBuilder();
        var axis = Axis.UpTo(bars.Select(bar => bar.Value).OfType<double>().DefaultIfEmpty(0).Max());
        var slot = (Width - Left - Right) / Math.Max(1, bars.Count);
        var (barWidth, labels) = (Math.Min(WidestBar, slot * 0.7), bars.Count <= MostLabels);
        double Y(double value) => Height - Bottom - value / axis.Top * (Height - Top - Bottom);

        svg.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{Text(title)} <span class=\"unit\">{Text(unit)}</span></figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(title)}\">");
        foreach (var tick in axis.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{axis.Show(tick)}</text>");
        }
        for (var i = 0; i < bars.Count; i++)
        {
            var middle = Left + slot * (i + 0.5);
            if (bars[i].Value is { } value)
                svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"bar\" x=\"{middle - barWidth / 2:0.#}\" y=\"{Y(value):0.#}\" width=\"{barWidth:0.#}\" height=\"{Height - Bottom - Y(value):0.#}\" rx=\"2\"><title>{Text(bars[i].Name)}: {value:0.###}</title></rect>");
            if (labels) svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{middle:0.#}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Text(bars[i].Name)}</text>");
        }
        return svg.Append("</svg></figure>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
