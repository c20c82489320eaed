using Keylime.Verifier.Attestation;
using Microsoft.Extensions.Logging;

namespace Keylime.Verifier.Tests.Attestation;

public sealed class PaceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordingLogger<Pace> _log = new();
    private readonly Pace _pace;
    private TimeSpan _now;

    public PaceTests() => _pace = new(new() { QuoteInterval = 4 * Second }, _log);

    [Fact]
    public void A_verifier_that_keeps_up_has_the_configured_interval()
    {
        Assert.Equal(4 * Second, _pace.EffectiveInterval);
        Window(TimeSpan.Zero, -Second, TimeSpan.Zero);
        Assert.Equal(4 * Second, _pace.EffectiveInterval);
        Window();
        Assert.Equal(4 * Second, _pace.EffectiveInterval);
        Assert.Empty(_log.EventIds);
    }

    [Fact]
    public void One_that_does_not_shows_by_how_much_and_says_so_once_each_way()
    {
        Window(2 * Second, 4 * Second);
        Assert.Equal(7 * Second, _pace.EffectiveInterval);
        Window(3 * Second);
        Window(0.5 * Second); // neither late nor well
        Window(0.1 * Second);
        Window(0.1 * Second);
        Assert.Equal([EventIds.FallenBehind, EventIds.KeepsUp], _log.EventIds);
    }

    [Fact]
    public void A_window_lasts_two_intervals()
    {
        _pace.Asked(4 * Second);
        _pace.Turn(7.9 * Second);
        Assert.Equal(4 * Second, _pace.EffectiveInterval);
        _pace.Turn(8 * Second);
        Assert.Equal(8 * Second, _pace.EffectiveInterval);
    }

    private void Window(params TimeSpan[] latenesses)
    {
        foreach (var lateness in latenesses) _pace.Asked(lateness);
        _pace.Turn(_now += 8 * Second);
    }

    private sealed class RecordingLogger<T> : ILogger<T>
    {
        public List<int> EventIds { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => EventIds.Add(eventId.Id);
    }
}
