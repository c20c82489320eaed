using System.Globalization;
using System.Text;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>Lines in the form of Keylime's log: <c>2026-08-01 12:00:00.000 - keylime.tenant - INFO - message</c>. A message that begins with a level has it.</summary>
internal sealed class KeylimeLog(TextWriter error, TimeProvider time) : TextWriter
{
    private readonly Lock _gate = new();

    public override Encoding Encoding => error.Encoding;

    public override void WriteLine(string? value)
    {
        var message = value ?? "";
        var level = "INFO";
        foreach (var name in (string[])["WARNING", "ERROR"])
            if (message.StartsWith($"{name}: ", StringComparison.Ordinal)) (level, message) = (name, message[(name.Length + 2)..]);
        lock (_gate) error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff} - keylime.tenant - {level} - {message}"));
    }
}
