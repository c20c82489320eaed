namespace Keylime.Tpm.Tests;

/// <summary>What every parser is held to: malformed bytes give an error with a place in the input, never an exception, and what is
/// accepted is written back byte for byte.</summary>
internal static class HostileBytes
{
    /// <summary>Parses; on success gives the bytes that the value writes, or null when the format has padding that is not kept.</summary>
    public delegate bool Parse(ReadOnlySpan<byte> source, out byte[]? written, out ParseError error);

    public static void AssertEveryTruncationIsRejected(string hex, Parse parse)
    {
        var good = Convert.FromHexString(hex);
        Assert.True(parse(good, out _, out _), "The untouched bytes must parse.");
        for (var length = 0; length < good.Length; length++)
        {
            Assert.False(parse(good.AsSpan(0, length), out _, out var error), $"Accepted the first {length} bytes.");
            AssertLocated(error, length);
        }
    }

    public static void AssertEveryFlipIsJudged(string hex, Parse parse)
    {
        var good = Convert.FromHexString(hex);
        for (var offset = 0; offset < good.Length; offset++)
            foreach (var flip in (byte[])[0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF])
            {
                byte[] bad = [.. good];
                bad[offset] ^= flip;
                if (!parse(bad, out var written, out var error)) AssertLocated(error, bad.Length);
                else if (written is not null) Assert.True(bad.AsSpan().SequenceEqual(written), $"Changed by writing: {Convert.ToHexString(bad)}");
            }
    }

    private static void AssertLocated(ParseError error, int length)
    {
        Assert.NotEqual(ParseFault.None, error.Fault);
        Assert.InRange(error.Offset, 0, length);
    }
}
