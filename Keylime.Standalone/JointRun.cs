namespace Keylime.Standalone;

/// <summary>Services that share a process share its life: all start together, and when one ends, for whatever reason, the others are told to.</summary>
internal static class JointRun
{
    /// <summary>Runs until all have stopped. Throws what ended the first one.</summary>
    public static async Task RunAsync(params IReadOnlyList<WebApplication> services)
    {
        // Asked for now: a service that has run is disposed of.
        var lives = services.Select(service => service.Lifetime).ToList();
        var runs = services.Select(service => service.RunAsync()).ToList();
        var first = await Task.WhenAny(runs);
        foreach (var life in lives) life.StopApplication();
        // What the others throw for being stopped amid their start is a consequence.
        await Task.WhenAll(runs).ContinueWith(_ => { }, TaskScheduler.Default);
        await first;
    }
}
