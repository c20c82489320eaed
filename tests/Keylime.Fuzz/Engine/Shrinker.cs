namespace Keylime.Fuzz.Engine;

/// <summary>Makes a failing input smaller while it fails in the same way: cuts pieces out, big ones first, then makes bytes plain.</summary>
internal static class Shrinker
{
    private const int MaxRuns = 5_000;

    public static Failure Shrink(Failure failure, Execution execution)
    {
        var runs = 0;
        for (var size = failure.Input.Length / 2; size > 0; size /= 2)
            for (var at = 0; at + size <= failure.Input.Length && runs < MaxRuns; runs++)
                if (Retry([.. failure.Input[..at], .. failure.Input[(at + size)..]]) is { } smaller) failure = smaller;
                else at += size;
        for (var at = 0; at < failure.Input.Length && runs < MaxRuns; at++, runs++)
            foreach (var plain in "\0a"u8)
                if (failure.Input[at] is not (0 or (byte)'a') && Retry([.. failure.Input[..at], plain, .. failure.Input[(at + 1)..]]) is { } simpler) failure = simpler;
        return failure;

        Failure? Retry(byte[] input) => execution.Run(input, repeats: true) is { } again && again.Kind == failure.Kind ? again : null;
    }
}
