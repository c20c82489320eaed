using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Tests.Processes;

/// <summary>What is left of an AppHost that ends: nothing, whether it is asked or killed.</summary>
public sealed class DeathTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("keylime-hosting-tests-");
    // Short: a Unix socket's path below it may have 107 bytes. Passable: PostgreSQL runs as another user when we are root.
    private readonly DirectoryInfo _temporary = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"kl-{Path.GetRandomFileName()}"),
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    [Theory]
    [InlineData(nameof(Signal.Kill))]
    [InlineData(nameof(Signal.Terminate))]
    [InlineData(nameof(Signal.Interrupt))]
    public async Task No_descendant_survives(string signal)
    {
        using var appHost = await StartAsync();
        // PostgreSQL, its workers, Redis, a shell and its child.
        var descendants = appHost.Descendants();
        Assert.True(descendants.Count >= 6, $"only {descendants.Count} descendants");
        var run = RunDirectory();

        Signals.Send(appHost.Id, Enum.Parse<Signal>(signal));
        await appHost.EndAsync(AppHost.Patience);
        await Condition.HoldsAsync(() => !descendants.Any(ProcessState.Lives), AppHost.Patience);
        Assert.Equal(signal == nameof(Signal.Kill), Directory.Exists(run));
    }

    [Fact]
    public async Task The_next_start_removes_what_a_killed_one_left()
    {
        string abandoned;
        using (var killed = await StartAsync())
        {
            abandoned = RunDirectory();
            var descendants = killed.Descendants();
            Signals.Send(killed.Id, Signal.Kill);
            await killed.EndAsync(AppHost.Patience);
            // While one of them writes into it, the folder is left to a later start.
            await Condition.HoldsAsync(() => !descendants.Any(ProcessState.Lives), AppHost.Patience);
        }

        Assert.True(Directory.Exists(abandoned));
        using var next = await StartAsync();
        Assert.False(Directory.Exists(abandoned));
        Signals.Send(next.Id, Signal.Terminate);
        await next.EndAsync(AppHost.Patience);
    }

    [Fact]
    public async Task A_second_application_on_the_same_state_folder_is_refused()
    {
        using var first = await StartAsync();
        using var second = SampleAppHost.StartWith(_temporary.FullName, $"--{StateDirectory.PathKey}={_state.FullName}");
        var (code, _, errors) = await second.EndAsync(AppHost.Patience);
        Assert.Equal(1, code);
        Assert.Contains("runs already", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Signals.Send(first.Id, Signal.Terminate);
        await first.EndAsync(AppHost.Patience);
    }

    public void Dispose()
    {
        _state.Delete(recursive: true);
        _temporary.Delete(recursive: true);
    }

    private async Task<SampleAppHost> StartAsync()
    {
        var log = Path.Combine(_state.FullName, "logs", "family.log");
        if (File.Exists(log))
            File.Delete(log);
        var appHost = SampleAppHost.StartWith(_temporary.FullName, $"--{StateDirectory.PathKey}={_state.FullName}");
        await Condition.HoldsAsync(() => File.Exists(log) && File.ReadAllText(log).StartsWith("child ", StringComparison.Ordinal), AppHost.Patience);
        await Condition.HoldsAsync(() => appHost.Descendants().Count >= 6, AppHost.Patience);
        return appHost;
    }

    /// <summary>Known from the environment file of PostgreSQL, whose home lies in it.</summary>
    private string RunDirectory()
    {
        var home = File.ReadLines(Path.Combine(_state.FullName, "environment", "postgres.env")).First(line => line.StartsWith("HOME=", StringComparison.Ordinal));
        return Path.GetDirectoryName(home["HOME=".Length..])!;
    }
}
