using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Processes;

/// <summary>The output of one resource: a file of its own, the console (prefixed with the name) when asked for, and the last lines for error messages.</summary>
internal sealed class ResourceLog : IDisposable
{
    /// <summary>Log category of resources' output; the resource's name follows.</summary>
    public const string Category = "Resources";
    private const int LinesKept = 15;

    private readonly StreamWriter _file;
    private readonly ILogger _console;
    // Guards the file and itself. Output and error output arrive on two threads, and the last of it perhaps after the end.
    private readonly Queue<string> _last = new(LinesKept);
    private bool _isClosed;

    public ResourceLog(string path, string resourceName, ILoggerFactory loggers)
    {
        _file = new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _console = loggers.CreateLogger($"{Category}.{resourceName}");
    }

    public string LastLines
    {
        get
        {
            lock (_last)
                return string.Join('\n', _last);
        }
    }

    public void Write(string line)
    {
        lock (_last)
        {
            if (_isClosed)
                return;
            if (_last.Count == LinesKept)
                _last.Dequeue();
            _last.Enqueue(line);
            try
            {
                _file.WriteLine(line);
            }
            catch (IOException)
            {
                // A full disk, for one. We are called by the reader of a process's output, where an exception would end us and all processes; the last lines are kept.
            }
        }

        if (_console.IsEnabled(LogLevel.Information))
            _console.LogInformation("{Line}", line);
    }

    public void Dispose()
    {
        lock (_last)
        {
            _isClosed = true;
            try
            {
                _file.Dispose();
            }
            catch (IOException)
            {
                // What could not be written before cannot be written now.
            }
        }
    }
}
