using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Keylime.Load.Progress;

/// <summary>Progress on a terminal: a table that is redrawn, with the last events below it.</summary>
internal sealed class LiveDisplay : IProgressDisplay
{
    private const int EventsShown = 8;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _drawing;
    // Guards what is drawn.
    private readonly Lock _gate = new();
    private readonly Queue<string> _events = [];
    private string _phase = "";
    private ProgressFigures? _figures;

    public LiveDisplay() => _drawing = AnsiConsole.Live(Draw()).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
    {
        while (!_end.IsCancellationRequested)
        {
            live.UpdateTarget(Draw());
            await Task.WhenAny(Task.Delay(Redraw, _end.Token));
        }
        live.UpdateTarget(Draw());
    });

    public void Phase(string text)
    {
        lock (_gate) _phase = text;
    }

    public void Show(ProgressFigures figures)
    {
        lock (_gate) _figures = figures;
    }

    public void Line(string text)
    {
        lock (_gate)
        {
            _events.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {text}"));
            if (_events.Count > EventsShown) _events.Dequeue();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _drawing;
        _end.Dispose();
    }

    private Rows Draw()
    {
        lock (_gate)
        {
            var parts = new List<IRenderable> { new Text(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {_phase}"), new(decoration: Decoration.Bold)) };
            if (_figures is { } figures) parts.Add(Draw(figures));
            parts.AddRange(_events.Select(line => new Text(line)));
            return new(parts);
        }
    }

    private static Table Draw(ProgressFigures figures)
    {
        var table = new Table { Border = TableBorder.Simple }.AddColumns("measured", "attestations/s", "gap p50", "p99", "max", "verifiers' CPU", "their memory", "injected");
        var gap = figures.Sample.GapSeconds;
        return table.AddRow([.. new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"{figures.Sample.At.TotalSeconds:0} of {figures.Duration.TotalSeconds:0} s"), Number(figures.PerSecond, "0"),
            Seconds(gap.P50), Seconds(gap.P99), Seconds(gap.Max), figures.VerifierCpuMs is { } cpu ? Number(cpu, "0.00") + " ms each" : "-", Number(figures.VerifiersKiB / 1024, "0") + " MiB", Number(figures.Injected, "0"),
        }.Select(cell => new Text(cell))]);
    }

    private static string Seconds(double? seconds) => seconds is { } known ? Number(known, "0.00") + " s" : "-";

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
