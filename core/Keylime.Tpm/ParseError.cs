namespace Keylime.Tpm;

/// <summary>Why bytes are not the structure they claim to be, and the byte offset where it showed.</summary>
public readonly record struct ParseError(ParseFault Fault, int Offset)
{
    /// <summary>The fault and its place, fit for a message: <c>Truncated at byte 12</c>.</summary>
    public override string ToString() => $"{Fault} at byte {Offset}";
}
