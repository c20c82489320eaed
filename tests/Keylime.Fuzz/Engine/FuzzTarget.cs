using System.Text;

namespace Keylime.Fuzz.Engine;

/// <summary>One parser and what must hold of it for every input.</summary>
/// <param name="Name">Name on the command line and of the corpus file.</param>
/// <param name="Run">Parses an input and requires its properties: no exception, an error that has a place, write∘read = identity where there is a writer.
/// What it returns stands for the result: the same input must give the same.</param>
/// <param name="Seeds">Well-formed inputs to begin with.</param>
internal sealed record FuzzTarget(string Name, Func<byte[], int> Run, IReadOnlyList<byte[]> Seeds)
{
    /// <summary>Words of the format: magic numbers, names, separators.</summary>
    public IReadOnlyList<byte[]> Dictionary { get; init; } = [];

    /// <summary>Whether the input is JSON, and worth mutating value by value.</summary>
    public bool IsJson { get; init; }

    /// <summary>Longest input that is tried.</summary>
    public int MaxBytes { get; init; } = 4096;

    /// <summary>What a run may allocate, whatever the input.</summary>
    public long FixedAllocation { get; init; } = 128 * 1024;

    /// <summary>What a run may allocate besides, for each byte of input.</summary>
    public int AllocationPerByte { get; init; } = 100;

    /// <summary>How long a run may take. Far above what any takes: the bound is for what grows out of proportion.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Dictionary of text words, each of them UTF-8.</summary>
    public static IReadOnlyList<byte[]> Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];
}
