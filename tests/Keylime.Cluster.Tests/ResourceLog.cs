namespace Keylime.Cluster.Tests;

/// <summary>What a process has said since a test began to listen.</summary>
internal sealed class ResourceLog
{
    private readonly string _path;
    private readonly int _heard;

    /// <summary>What an agent says when it is asked for a quote.</summary>
    public static readonly Func<string, bool> IsAskedForQuote = line => IsOfQuote(line, "Request starting");

    /// <summary>What an agent says when it has answered.</summary>
    public static readonly Func<string, bool> HasGivenQuote = line => IsOfQuote(line, "Request finished");

    public ResourceLog(string path)
    {
        _path = path;
        _heard = File.Exists(path) ? ReadLines().Count : 0;
    }

    /// <summary>Waits until it has said some things, one after the other.</summary>
    /// <exception cref="TimeoutException">It has not: with the last of what it said instead.</exception>
    public async Task WaitForAsync(params Func<string, bool>[] sought)
    {
        var patience = ClusterFixture.Patience;
        while (!HasSaid(sought))
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"{_path} did not say what was waited for, but:\n{string.Join('\n', ReadLines().Skip(_heard).TakeLast(100))}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until a verifier has given shards up because another owns them. Which of its looks at the database told it so, a refused write or a newer
    /// epoch, is a matter of chance.</summary>
    public Task WaitForLostShardsAsync() => WaitForAsync(line => line.Contains("Lost ", StringComparison.Ordinal) && line.Contains(" shards", StringComparison.Ordinal));

    private static bool IsOfQuote(string line, string stage) => line.Contains(stage, StringComparison.Ordinal) && line.Contains("/quotes/integrity", StringComparison.Ordinal);

    private bool HasSaid(Func<string, bool>[] sought)
    {
        var found = 0;
        foreach (var line in ReadLines().Skip(_heard))
            if (found < sought.Length && sought[found](line)) found++;
        return found == sought.Length;
    }

    private List<string> ReadLines()
    {
        using var reader = new StreamReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line) lines.Add(line);
        return lines;
    }
}
