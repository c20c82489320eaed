using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Keylime.ServiceDefaults.Telemetry;

/// <summary><c>2026-08-01T12:00:00.000Z - Keylime.Verifier - INFO - (Reqid=abc) message</c>; an exception follows on lines of its own.</summary>
internal sealed class ConsoleLine(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "keylime";

    /// <summary>Name of the scope value that holds the request's id.</summary>
    public const string RequestId = "keylime.request_id";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        textWriter.Write($" - {logEntry.Category} - {Level(logEntry.LogLevel)} - ");
        scopeProvider?.ForEachScope(WriteRequestId, textWriter);
        textWriter.WriteLine(OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is not null) textWriter.WriteLine(logEntry.Exception);
    }

    private static void WriteRequestId(object? scope, TextWriter line)
    {
        if (scope is not IEnumerable<KeyValuePair<string, object?>> values) return;
        foreach (var (name, value) in values)
            if (name == RequestId) line.Write($"(Reqid={value}) ");
    }

    // A message may quote a peer's text: a line break in it must not forge a second line.
    private static string OneLine(string message) => message.ReplaceLineEndings("\\n");

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };
}

/// <summary>No options.</summary>
internal sealed class ConsoleLineOptions : ConsoleFormatterOptions;
