namespace Keylime.Storage;

internal static class Bytes
{
    /// <summary>A column's bytes. C#'s own conversion makes an empty value of a null array, also where <c>null</c> is written in a conditional.</summary>
    public static ReadOnlyMemory<byte>? OrNull(byte[]? column) => column is null ? default(ReadOnlyMemory<byte>?) : new ReadOnlyMemory<byte>(column);
}
