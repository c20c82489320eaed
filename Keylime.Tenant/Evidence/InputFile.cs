using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Keylime.Tenant.Evidence;

/// <summary>Files that hold evidence. Every fault names the file.</summary>
internal static class InputFile
{
    /// <summary>Longest file that is read: several times the longest IMA list that was ever seen.</summary>
    public const int MaxBytes = 256 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(FileNames.Check(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{path}: no such file", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UserErrorException($"{path}: may not be read, or is a folder", e);
        }
    }

    /// <summary>The bytes as they are.</summary>
    public static byte[] Read(string path)
    {
        using var stream = Open(path);
        // Not by the file's length: a device has none, and may never end.
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            if (content.Length + count > MaxBytes) throw new UserErrorException($"{path}: is longer than {MaxBytes} bytes");
            content.Write(buffer, 0, count);
        }
        return content.ToArray();
    }

    /// <summary>A binary structure: the bytes as they are, or base64 of them. None of the structures that are read so can be taken for base64 text: they
    /// begin with bytes that are no letters.</summary>
    public static byte[] ReadBinary(string path)
    {
        var bytes = Read(path);
        return TryDecode(bytes, out var decoded) ? decoded : bytes;
    }

    public static string ReadText(string path)
    {
        try
        {
            return StrictUtf8.GetString(Read(path));
        }
        catch (DecoderFallbackException e)
        {
            throw new UserErrorException($"{path}: is not text in UTF-8 (byte {e.Index})", e);
        }
    }

    private static bool TryDecode(byte[] text, [NotNullWhen(true)] out byte[]? decoded)
    {
        decoded = null;
        if (text.Length == 0) return false;
        var packed = Array.FindAll(text, symbol => symbol is not ((byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'\t'));
        var buffer = new byte[packed.Length / 4 * 3];
        if (packed.Length == 0 || System.Buffers.Text.Base64.DecodeFromUtf8(packed, buffer, out _, out var length) != OperationStatus.Done) return false;
        decoded = buffer[..length];
        return true;
    }
}
