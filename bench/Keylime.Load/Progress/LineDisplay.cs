using System.Diagnostics;
using System.Globalization;

namespace Keylime.Load.Progress;

/// <summary>Progress where there is no terminal: a line for each phase and event, and one every ten seconds of the measurement.</summary>
internal sealed class LineDisplay(TextWriter output) : IProgressDisplay
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _gate = new();
    private TimeSpan _next = TimeSpan.Zero;

    public void Phase(string text) => Line(text);

    public void Show(ProgressFigures figures)
    {
        if (figures.Sample.At < _next) return;
        _next = figures.Sample.At + Pace;
        Line(string.Create(CultureInfo.InvariantCulture,
            $"{figures.Sample.At.TotalSeconds:0} of {figures.Duration.TotalSeconds:0} s: {figures.PerSecond:0} attestations/s, gap p99 {figures.Sample.GapSeconds.P99:0.00} s, verifiers {figures.VerifierCpuMs:0.00} ms CPU each, {figures.VerifiersKiB / 1024} MiB"));
    }

    public void Line(string text)
    {
        lock (_gate) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {text}"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
