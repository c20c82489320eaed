namespace Keylime.Fuzz.Mutation;

/// <summary>Changes of pieces: cut off, cut out, repeated, moved, taken from other inputs and from the dictionary.</summary>
internal static class BlockChanges
{
    private static readonly byte[] Separators = [.. "\n ,;:/|"u8];

    public static IReadOnlyList<Change> All { get; } = [Truncate, CutOut, Repeat, Splice, InsertWord, InsertWord, OverwriteWord, RepeatField, RemoveField];

    private static void Truncate(List<byte> input, MutationContext context)
    {
        var end = context.Gap(input);
        input.RemoveRange(end, input.Count - end);
    }

    private static void CutOut(List<byte> input, MutationContext context)
    {
        if (input.Count == 0) return;
        var (start, length) = context.Piece(input);
        input.RemoveRange(start, length);
    }

    private static void Repeat(List<byte> input, MutationContext context)
    {
        if (input.Count == 0) return;
        var (start, length) = context.Piece(input);
        var piece = input.GetRange(start, length);
        var times = context.Random.Next(8) == 0 ? context.Random.Next(2, 64) : 1;
        for (; times > 0; times--) input.InsertRange(start, piece);
    }

    /// <summary>The beginning of this input and the end of another.</summary>
    private static void Splice(List<byte> input, MutationContext context)
    {
        if (context.Pool.Count == 0) return;
        var other = context.Any(context.Pool);
        var at = context.Gap(input);
        var from = context.Random.Next(2) == 0 ? Math.Min(at, other.Length) : context.Random.Next(other.Length + 1);
        input.RemoveRange(at, input.Count - at);
        input.AddRange(other[from..]);
    }

    private static void InsertWord(List<byte> input, MutationContext context)
    {
        if (context.Dictionary.Count > 0) input.InsertRange(context.Gap(input), context.Any(context.Dictionary));
    }

    private static void OverwriteWord(List<byte> input, MutationContext context)
    {
        if (context.Dictionary.Count == 0) return;
        var word = context.Any(context.Dictionary);
        if (word.Length > input.Count) return;
        var at = context.Random.Next(input.Count - word.Length + 1);
        for (var i = 0; i < word.Length; i++) input[at + i] = word[i];
    }

    private static void RepeatField(List<byte> input, MutationContext context)
    {
        if (TryFindField(input, context, out var start, out var length)) input.InsertRange(start, input.GetRange(start, length));
    }

    private static void RemoveField(List<byte> input, MutationContext context)
    {
        if (TryFindField(input, context, out var start, out var length)) input.RemoveRange(start, length);
    }

    /// <summary>What stands between two separators of one kind, with the second.</summary>
    private static bool TryFindField(List<byte> input, MutationContext context, out int start, out int length)
    {
        (start, length) = (0, 0);
        if (input.Count == 0) return false;
        var separator = context.Any(Separators);
        var at = context.Random.Next(input.Count);
        start = input.LastIndexOf(separator, at) + 1;
        var end = start < input.Count ? input.IndexOf(separator, start) : -1;
        length = (end < 0 ? input.Count : end + 1) - start;
        return length > 0;
    }
}
