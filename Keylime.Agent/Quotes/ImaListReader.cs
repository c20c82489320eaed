using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Keylime.Agent.Quotes;

/// <summary>Lines of the IMA list, each with its newline, and the number of the first one (0-based).</summary>
internal sealed record ImaListPart(string Text, long FirstEntry);

/// <summary>Reads the IMA list from any entry on, at a cost in proportion to what is new.</summary>
/// <remarks>A long-lived machine has a list of many MiB and is asked for its end every two seconds. Entries have no fixed length, so the reader
/// keeps where entries that it met begin, and goes on from there. A kept place is believed only while the bytes before it are the ones
/// seen then: a list that was cut off or replaced starts again from 0.</remarks>
internal sealed class ImaListReader(MeasurementLogFile file)
{
    /// <summary>Longest part that is sent. The JSON writer takes 166 million characters in one value; a list that long needs an incremental verifier.</summary>
    internal const int MaxPartBytes = 128 << 20;

    /// <summary>Places kept. A verifier needs two (the end of the list, and its own last match); tenants and successors of verifiers a few more.</summary>
    private const int MaxPlaces = 16;

    /// <summary>Bytes before a place that identify it: they hold the template hash of the entry before.</summary>
    private const int FingerprintBytes = 128;

    private const int ChunkBytes = 64 << 10;

    private readonly Lock _gate = new();
    private readonly List<Place> _places = new(MaxPlaces);

    private sealed record Place(long Entry, long Offset, byte[] Before)
    {
        public static readonly Place Beginning = new(0, 0, []);
    }

    /// <summary>The list from <paramref name="firstEntry"/> on. The number after the last entry gives an empty text; a larger one, or a negative one,
    /// the whole list as from entry 0, which is how a peer learns that the list is not the one it knew. Null when there is no list.</summary>
    /// <exception cref="IOException">The list cannot be read, or the part asked for is beyond <see cref="MaxPartBytes"/>.</exception>
    public ImaListPart? Read(long firstEntry)
    {
        lock (_gate)
            return file.Read(handle => ReadFrom(handle, firstEntry) ?? ReadFrom(handle, 0));
    }

    /// <summary>Null when the list ends before <paramref name="firstEntry"/>.</summary>
    private ImaListPart? ReadFrom(SafeFileHandle handle, long firstEntry)
    {
        if (firstEntry < 0) return null;
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            if (SkipTo(handle, firstEntry, FindPlace(handle, firstEntry), buffer) is not { } begin) return null;
            Keep(handle, firstEntry, begin);
            var (text, count) = ReadLines(handle, begin, buffer);
            Keep(handle, firstEntry + count, begin + text.Length);
            return new(Encoding.UTF8.GetString(text.Span), firstEntry);
        }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
    }

    /// <summary>Offset of entry <paramref name="wanted"/>, or of where it will be once it is written; null when the list ends earlier.</summary>
    private static long? SkipTo(SafeFileHandle handle, long wanted, Place from, byte[] buffer)
    {
        var (entry, offset) = (from.Entry, from.Offset);
        while (entry < wanted)
        {
            var chunk = buffer.AsSpan(0, RandomAccess.Read(handle, buffer.AsSpan(0, ChunkBytes), offset));
            if (chunk.IsEmpty) return null;
            var used = 0;
            while (entry < wanted && chunk[used..].IndexOf((byte)'\n') is >= 0 and var newline)
            {
                used += newline + 1;
                entry++;
            }
            // A line longer than the chunk, or the line's beginning at the chunk's end: its newline is further on.
            offset += entry < wanted ? chunk.Length : used;
        }
        return offset;
    }

    /// <summary>Whole lines from <paramref name="begin"/> to the end. The kernel or the disk may show half of the last line: it counts once its newline is there.</summary>
    private static (ReadOnlyMemory<byte> Text, long Count) ReadLines(SafeFileHandle handle, long begin, byte[] buffer)
    {
        var text = new ArrayBufferWriter<byte>();
        int read;
        while ((read = RandomAccess.Read(handle, buffer.AsSpan(0, ChunkBytes), begin + text.WrittenCount)) > 0)
        {
            if (text.WrittenCount + read > MaxPartBytes) throw new IOException($"The part asked for is longer than {MaxPartBytes} bytes");
            text.Write(buffer.AsSpan(0, read));
        }
        var lines = text.WrittenMemory[..(text.WrittenSpan.LastIndexOf((byte)'\n') + 1)];
        return (lines, lines.Span.Count((byte)'\n'));
    }

    private Place FindPlace(SafeFileHandle handle, long entry)
    {
        var best = Place.Beginning;
        foreach (var place in _places)
            if (place.Entry <= entry && place.Entry > best.Entry) best = place;
        if (ReadBefore(handle, best.Offset).AsSpan().SequenceEqual(best.Before)) return best;
        _places.Clear();
        return Place.Beginning;
    }

    private void Keep(SafeFileHandle handle, long entry, long offset)
    {
        if (entry == 0) return;
        _places.RemoveAll(place => place.Entry == entry);
        if (_places.Count == MaxPlaces) _places.RemoveAt(0);
        _places.Add(new(entry, offset, ReadBefore(handle, offset)));
    }

    private static byte[] ReadBefore(SafeFileHandle handle, long offset)
    {
        var before = new byte[Math.Min(offset, FingerprintBytes)];
        var read = RandomAccess.Read(handle, before, offset - before.Length);
        return before[..read];
    }
}
