using Keylime.Fuzz.Engine;

namespace Keylime.Fuzz.Mutation;

/// <summary>Makes a new input from a known one: a few changes, drawn from those that suit the format. The same random numbers make the same input.</summary>
internal sealed class Mutator(FuzzTarget target, Random random)
{
    private readonly Change[] _changes = target.IsJson ? [.. ByteChanges.All, .. BlockChanges.All, .. JsonChanges.All, .. JsonChanges.All] : [.. ByteChanges.All, .. BlockChanges.All, .. LengthChanges.All];

    /// <param name="parent">The input to change.</param>
    /// <param name="pool">Other inputs, for splicing.</param>
    public byte[] Mutate(byte[] parent, IReadOnlyList<byte[]> pool)
    {
        var context = new MutationContext(random, target.Dictionary, pool);
        var input = parent.ToList();
        // Mostly one change, so that what it does shows; sometimes many, to get away.
        for (var count = 1 << Math.Max(0, random.Next(-2, 5)); count > 0; count--) _changes[random.Next(_changes.Length)](input, context);
        if (input.Count > target.MaxBytes) input.RemoveRange(target.MaxBytes, input.Count - target.MaxBytes);
        return [.. input];
    }
}

/// <summary>Changes an input in place; leaves it alone where it does not apply.</summary>
internal delegate void Change(List<byte> input, MutationContext context);

/// <summary>What changes draw from.</summary>
internal sealed record MutationContext(Random Random, IReadOnlyList<byte[]> Dictionary, IReadOnlyList<byte[]> Pool)
{
    /// <summary>A place to insert at.</summary>
    public int Gap(List<byte> input) => Random.Next(input.Count + 1);

    /// <summary>A piece of the input, at least a byte long and mostly short.</summary>
    public (int Start, int Length) Piece(List<byte> input)
    {
        var start = Random.Next(input.Count);
        var longest = input.Count - start;
        return (start, Random.Next(1, 1 + Math.Min(longest, Random.Next(4) == 0 ? longest : 16)));
    }

    public T Any<T>(IReadOnlyList<T> list) => list[Random.Next(list.Count)];
}
