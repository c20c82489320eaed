using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keylime.Tpm.Devices;

/// <summary>Where a TPM is, as tpm2-tools spells it in the environment variable <c>TCTI</c>: <c>device:/dev/tpmrm0</c>,
/// <c>swtpm:path=/run/x/swtpm.sock</c>, <c>swtpm:host=127.0.0.1,port=2321</c>.</summary>
public abstract record TctiName
{
    /// <summary>What an unset variable means.</summary>
    public static TctiName Default { get; } = new Device("/dev/tpmrm0");

    /// <summary>A character device.</summary>
    public sealed record Device(string Path) : TctiName
    {
        public override string ToString() => $"device:{Path}";
    }

    /// <summary>An swtpm on a Unix socket; its control socket has the same path with <c>.ctrl</c> at the end.</summary>
    public sealed record SwtpmUnix(string Path) : TctiName
    {
        public override string ToString() => $"swtpm:path={Path}";
    }

    /// <summary>An swtpm on a TCP port; its control port is the next one.</summary>
    public sealed record SwtpmTcp(string Host, int Port) : TctiName
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"swtpm:host={Host},port={Port}");
    }

    // sockaddr_un has 108 bytes for a path, its final zero and the control socket's suffix included.
    private const int MaxSocketPathLength = 102;

    private TctiName()
    {
    }

    /// <summary>Reads a name; false, with a sentence for the operator, when it is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TctiName? name, [NotNullWhen(false)] out string? error)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, rest) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        (name, error) = kind switch
        {
            "device" => (rest.Length == 0 ? Default : new Device(rest), null),
            "swtpm" => ParseSwtpm(rest),
            _ => (null, $"'{text}' names no TPM that is supported: device:PATH, swtpm:path=PATH or swtpm:host=HOST,port=PORT"),
        };
        return name is not null;
    }

    private static (TctiName? Name, string? Error) ParseSwtpm(string text)
    {
        string? path = null, host = null;
        int? port = null;
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (item.Split('=', 2))
            {
                case ["path", { Length: > 0 and <= MaxSocketPathLength } value]: path = value; break;
                case ["host", { Length: > 0 } value]: host = value; break;
                case ["port", var value] when TryParsePort(value, out var number): port = number; break;
                default:
                    return (null, $"'{item}' is not an option of swtpm: path=PATH (at most {MaxSocketPathLength} bytes), "
                        + "host=HOST, port=PORT (1 to 65534)");
            }
        }
        if (path is null) return (new SwtpmTcp(host ?? "127.0.0.1", port ?? 2321), null);
        return host is null && port is null ? (new SwtpmUnix(path), null) : (null, "swtpm is at a path or at a host and port, not at both");
    }

    // 65535 has no next port for the control channel.
    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65535;
}
