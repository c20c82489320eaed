using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Keylime.Fuzz.Mutation;

/// <summary>Changes that know what binary formats are made of: numbers in either byte order, and lengths that count what follows them.</summary>
internal static class LengthChanges
{
    public static IReadOnlyList<Change> All { get; } = [SetNumber, StepNumber, ResizeField, ResizeField];

    /// <summary>A number at its limits, or as large as what is left.</summary>
    private static void SetNumber(List<byte> input, MutationContext context)
    {
        if (!TryPick(input, context, out var at, out var width, out var isBig)) return;
        var rest = (ulong)(input.Count - at - width);
        Write(input, at, width, isBig, context.Random.Next(9) switch
        {
            0 => 0,
            1 => 1,
            2 => ulong.MaxValue,
            3 => ulong.MaxValue >> 1,
            4 => (1ul << (8 * width - 1)),
            5 => rest,
            6 => rest + 1,
            7 => rest - 1,
            _ => (ulong)input.Count,
        });
    }

    private static void StepNumber(List<byte> input, MutationContext context)
    {
        if (TryPick(input, context, out var at, out var width, out var isBig))
            Write(input, at, width, isBig, Read(input, at, width, isBig) + (ulong)context.Random.Next(-4, 5));
    }

    /// <summary>Grows or shrinks what a length counts, and corrects the length and those around it: the input stays well formed and says something else.</summary>
    private static void ResizeField(List<byte> input, MutationContext context)
    {
        if (input.Count == 0) return;
        var at = context.Random.Next(input.Count);
        var delta = context.Random.Next(2) == 0 ? context.Random.Next(1, 40) : -context.Random.Next(1, Math.Min(40, input.Count - at) + 1);
        foreach (var isBig in (ReadOnlySpan<bool>)[true, false])
            foreach (var width in (ReadOnlySpan<int>)[1, 2, 4, 8])
                for (var field = Math.Max(0, at - 600); field <= at - width; field++)
                {
                    var length = Read(input, field, width, isBig);
                    // A length that ends where the piece does, or behind it.
                    if (length == 0 || length > (ulong)(input.Count - field - width) || (ulong)(at - field - width) > length) continue;
                    if (delta < 0 && (ulong)(at - delta) > (ulong)(field + width) + length) continue;
                    if (context.Random.Next(width == 1 ? 8 : 2) == 0) Write(input, field, width, isBig, length + (ulong)delta);
                }
        if (delta < 0) input.RemoveRange(at, -delta);
        else
            for (; delta > 0; delta--) input.Insert(at, (byte)context.Random.Next(256));
    }

    private static bool TryPick(List<byte> input, MutationContext context, out int at, out int width, out bool isBig)
    {
        width = 1 << context.Random.Next(1, 4);
        isBig = context.Random.Next(2) == 0;
        at = input.Count >= width ? context.Random.Next(input.Count - width + 1) : 0;
        return input.Count >= width;
    }

    private static ulong Read(List<byte> input, int at, int width, bool isBig)
    {
        Span<byte> number = stackalloc byte[8];
        number.Clear();
        var bytes = CollectionsMarshal.AsSpan(input).Slice(at, width);
        bytes.CopyTo(isBig ? number[(8 - width)..] : number);
        return isBig ? BinaryPrimitives.ReadUInt64BigEndian(number) : BinaryPrimitives.ReadUInt64LittleEndian(number);
    }

    private static void Write(List<byte> input, int at, int width, bool isBig, ulong value)
    {
        Span<byte> number = stackalloc byte[8];
        if (isBig) BinaryPrimitives.WriteUInt64BigEndian(number, value);
        else BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        (isBig ? number[(8 - width)..] : number[..width]).CopyTo(CollectionsMarshal.AsSpan(input)[at..]);
    }
}
