using System.Buffers;

namespace Keylime.Tenant.Evidence;

/// <summary>A line of a batch, without its end.</summary>
/// <param name="Text">Its bytes, borrowed until the next line is read; none of a line that is too long.</param>
/// <param name="IsTooLong">Whether it is longer than <see cref="BatchLines.MaxLineBytes"/>.</param>
internal readonly record struct BatchLine(ReadOnlyMemory<byte> Text, bool IsTooLong);

/// <summary>Reads a batch line by line in bounded memory. A line that is too long is passed over; a file that is one line without an end, such as a device, ends the batch.</summary>
internal sealed class BatchLines(Stream source)
{
    /// <summary>Longest line that is judged: a line holds the names of files, not their content.</summary>
    public const int MaxLineBytes = 1024 * 1024;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _line = new();
    private ReadOnlyMemory<byte> _rest;

    /// <summary>The next line; null at the end.</summary>
    public async ValueTask<BatchLine?> ReadAsync(CancellationToken ct)
    {
        _line.ResetWrittenCount();
        for (var length = 0; ;)
        {
            if (_rest.IsEmpty) _rest = _buffer.AsMemory(0, await source.ReadAsync(_buffer, ct));
            if (_rest.IsEmpty) return length == 0 ? null : Finish(length);
            var end = _rest.Span.IndexOf((byte)'\n');
            var part = end < 0 ? _rest : _rest[..end];
            _rest = _rest[(end < 0 ? part.Length : end + 1)..];
            length += part.Length;
            if (length <= MaxLineBytes) _line.Write(part.Span);
            else if (length > InputFile.MaxBytes) throw new UserErrorException($"a line is longer than {InputFile.MaxBytes} bytes");
            if (end >= 0) return Finish(length);
        }
    }

    private BatchLine Finish(int length) => length > MaxLineBytes ? new(default, IsTooLong: true) : new(_line.WrittenMemory, IsTooLong: false);
}
