namespace Keylime.Fuzz.Mutation;

/// <summary>Changes of single bytes.</summary>
internal static class ByteChanges
{
    public static IReadOnlyList<Change> All { get; } = [FlipBit, SetByte, Step, Delete, Insert, ChangeDigit];

    private static void FlipBit(List<byte> input, MutationContext context)
    {
        if (input.Count > 0) input[context.Random.Next(input.Count)] ^= (byte)(1 << context.Random.Next(8));
    }

    private static void SetByte(List<byte> input, MutationContext context)
    {
        if (input.Count > 0) input[context.Random.Next(input.Count)] = context.Random.Next(4) switch { 0 => 0, 1 => 0xFF, _ => (byte)context.Random.Next(256) };
    }

    private static void Step(List<byte> input, MutationContext context)
    {
        if (input.Count > 0) input[context.Random.Next(input.Count)] += (byte)context.Random.Next(-8, 9);
    }

    private static void Delete(List<byte> input, MutationContext context)
    {
        if (input.Count > 0) input.RemoveAt(context.Random.Next(input.Count));
    }

    private static void Insert(List<byte> input, MutationContext context) => input.Insert(context.Gap(input), (byte)context.Random.Next(256));

    /// <summary>Text formats have numbers and hex digits, which a random byte mostly breaks.</summary>
    private static void ChangeDigit(List<byte> input, MutationContext context)
    {
        if (input.Count == 0) return;
        var at = input.FindIndex(context.Random.Next(input.Count), value => char.IsAsciiHexDigit((char)value));
        if (at >= 0) input[at] = context.Any("0123456789abcdefA"u8.ToArray());
    }
}
