namespace Keylime.Attestation.Ima;

/// <summary>Walks the lines of an IMA list in the kernel's text form. Blank lines are passed over; a carriage return is part of a name.</summary>
internal ref struct ImaLogReader(ReadOnlySpan<byte> utf8)
{
    private ReadOnlySpan<byte> _rest = utf8;

    /// <summary>Number of entries in the list.</summary>
    public static int CountEntries(ReadOnlySpan<byte> utf8)
    {
        var reader = new ImaLogReader(utf8);
        var count = 0;
        while (reader.TryRead(out _)) count++;
        return count;
    }

    /// <summary>The next entry's line without its line feed; false at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf((byte)'\n');
            line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (!line.IsEmpty) return true;
        }
        line = default;
        return false;
    }
}
