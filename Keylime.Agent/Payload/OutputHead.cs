using System.Text;

namespace Keylime.Agent.Payload;

/// <summary>Reads a script's stream to its end and keeps the beginning, for the log.</summary>
internal sealed class OutputHead(StreamReader stream)
{
    private const int MaxCharacters = 4096;

    private readonly StringBuilder _text = new();

    /// <summary>What was kept so far.</summary>
    public string Text
    {
        get { lock (_text) return _text.ToString().TrimEnd(); }
    }

    public async Task ReadAsync()
    {
        var buffer = new char[MaxCharacters];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                lock (_text) _text.Append(buffer, 0, Math.Min(read, MaxCharacters - _text.Length));
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The script ended, and nobody waits any longer for what it left behind.
        }
    }
}
