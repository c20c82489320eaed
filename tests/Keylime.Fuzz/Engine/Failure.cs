using System.Security.Cryptography;

namespace Keylime.Fuzz.Engine;

/// <summary>An input that broke a property.</summary>
/// <param name="Kind">What is wrong, the same for all inputs that show the same fault: they are reported once.</param>
/// <param name="Detail">The whole story, for people.</param>
/// <param name="Input">The input.</param>
internal sealed record Failure(string Kind, string Detail, byte[] Input)
{
    /// <summary>Short name of the input, for files.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Input).AsSpan(0, 6));

    public static Failure From(Exception exception, byte[] input) =>
        exception is BrokenPropertyException
            ? new(exception.Message, exception.Message, input)
            : new($"{exception.GetType().Name} at {FirstOwnFrame(exception)}", exception.ToString(), input);

    /// <summary>The innermost method of ours: exceptions of one kind from one place are one fault.</summary>
    private static string FirstOwnFrame(Exception exception) =>
        exception.StackTrace?.Split('\n').Select(line => line.Trim())
            .FirstOrDefault(line => line.StartsWith("at Keylime.", StringComparison.Ordinal)) is { } frame
            ? frame.Split(" in ")[0][3..]
            : "an unknown place";
}
