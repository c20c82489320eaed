using Spectre.Console.Rendering;

namespace Keylime.AppHost.Status;

/// <summary>The cluster as far as a window has room for it.</summary>
internal sealed class StatusScreen(ClusterStatus status) : Renderable
{
    /// <summary>The cursor stands below what is shown: a full window would scroll.</summary>
    private const int CursorLines = 1;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in StatusTables.Fit(status, maxWidth, options.ConsoleSize.Height - CursorLines))
        {
            foreach (var segment in line) yield return segment;
            yield return Segment.LineBreak;
        }
    }
}
