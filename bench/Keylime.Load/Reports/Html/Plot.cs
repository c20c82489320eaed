namespace Keylime.Load.Reports.Html;

/// <summary>What a line plot shows: values over the seconds of the run, and what happened meanwhile.</summary>
internal sealed record Plot(string Title, string Unit, IReadOnlyList<double> Seconds, IReadOnlyList<PlotLine> Lines, IReadOnlyList<EventReport> Events);

/// <param name="Values">One for each second; null leaves a gap in the line.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<double?> Values);
