using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Keylime.FleetSimulator.Quotes;

/// <summary>Bytes of an answer while it is put together. One per thread, kept between answers: quotes leave no garbage of their size.</summary>
internal sealed class AnswerBuffer
{
    [ThreadStatic] private static AnswerBuffer? s_ofThread;

    private byte[] _bytes = new byte[16 * 1024];
    private int _length;

    /// <summary>This thread's buffer, empty. It must be used up before the thread is given back.</summary>
    public static AnswerBuffer Take()
    {
        var buffer = s_ofThread ??= new();
        buffer._length = 0;
        return buffer;
    }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    public void WriteNumber(long number)
    {
        if (!Utf8Formatter.TryFormat(number, Reserve(20), out var written)) throw Bug();
        _length += written;
    }

    public void WriteBase64(ReadOnlySpan<byte> bytes)
    {
        var room = Reserve(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, room, out _, out var written);
        _length += written;
    }

    private Span<byte> Reserve(int length)
    {
        if (_bytes.Length - _length < length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        return _bytes.AsSpan(_length);
    }

    [ExcludeFromCodeCoverage]
    private static InvalidOperationException Bug() => new("A number has at most 20 characters.");
}
