using System.Buffers.Binary;
using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Tests.Commands;

/// <summary>A command as we write it, with what a real TPM was sent and what it answered.</summary>
/// <param name="Written">Our command.</param>
/// <param name="Command">Hex of the recorded command.</param>
/// <param name="Response">Hex of the recorded response.</param>
/// <param name="Parse">Our reading of a response.</param>
internal sealed record Exchange(byte[] Written, string Command, string Response, HostileBytes.Parse Parse)
{
    private static readonly Dictionary<string, (string Command, string Response)> Recorded = Load();

    public static string CommandOf(string name) => Recorded[name].Command;

    public static string ResponseOf(string name) => Recorded[name].Response;

    public static IEnumerable<string> Names => Recorded.Keys;

    public static Exchange Of<T>(string name, ITpmCommand<T> command) where T : class => new(
        command.ToBytes(), CommandOf(name), ResponseOf(name), (ReadOnlySpan<byte> source, out byte[]? written, out ParseError error) =>
        {
            written = null;
            return command.TryParseResponse(source, out _, out error);
        });

    /// <summary>Reads a response whose header states the length that it has, so that the fault lies deeper.</summary>
    public bool ParseWithTrueSize(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error)
    {
        byte[] patched = [.. source];
        if (patched.Length >= 6) BinaryPrimitives.WriteUInt32BigEndian(patched.AsSpan(2), (uint)patched.Length);
        return Parse(patched, out written, out error);
    }

    private static Dictionary<string, (string, string)> Load()
    {
        using var stream = typeof(Exchange).Assembly.GetManifestResourceStream("exchanges.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => (parts[1], parts[2]));
    }
}
