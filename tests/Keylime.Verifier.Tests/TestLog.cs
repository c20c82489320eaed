using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Keylime.Verifier.Tests;

/// <summary>Which events were logged, by their ids, and their messages.</summary>
internal sealed class TestLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level, string Message)> _entries = new();

    /// <summary>The verifier's and the storage's events.</summary>
    public IReadOnlyCollection<(int Id, LogLevel Level, string Message)> Entries => _entries;

    public bool Has(int eventId) => Count(eventId) > 0;

    public int Count(int eventId) => _entries.Count(entry => entry.Id == eventId);

    public ILogger CreateLogger(string categoryName) => new Logger(this, isOurs: categoryName.StartsWith("Keylime.", StringComparison.Ordinal));

    public ILogger<T> Of<T>() => new Logger<T>(new Factory(this));

    public void Dispose()
    {
    }

    private sealed class Logger(TestLog log, bool isOurs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isOurs;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (isOurs) log._entries.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
        }
    }

    private sealed class Factory(TestLog log) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();
        public ILogger CreateLogger(string categoryName) => log.CreateLogger(categoryName);
        public void Dispose()
        {
        }
    }
}
