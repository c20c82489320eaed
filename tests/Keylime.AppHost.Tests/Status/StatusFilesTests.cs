using Keylime.AppHost.Status;

namespace Keylime.AppHost.Tests.Status;

public sealed class StatusFilesTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("keylime-apphost-tests-");
    private readonly StatusBoard _board = new([], "/certificates");

    [Fact]
    public async Task What_cannot_be_written_now_is_written_at_the_next_change()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        // In its way, also for root, whom no permission stops. What is written before it shows that it was come to, and come to again.
        var obstacle = Directory.CreateDirectory(At("status.txt.part"));
        using var files = new StatusFiles(_board, _state.FullName, TimeProvider.System);
        await files.StartAsync(default);
        await UntilWrittenAsync("status.json");
        File.Delete(At("status.json"));
        await UntilWrittenAsync("status.json");
        obstacle.Delete();
        await UntilWrittenAsync("status.txt");
        await files.StopAsync(default);
        Assert.False(File.Exists(At("status.txt")));

        async Task UntilWrittenAsync(string name)
        {
            while (!File.Exists(At(name)))
            {
                Assert.False(files.ExecuteTask!.IsCompleted, $"{files.ExecuteTask.Exception}");
                _board.SetService("verifier-0", [new("verifier-0", "project", "running", null, null)]);
                await Task.Delay(20, patience.Token);
            }
        }
    }

    [Fact]
    public async Task A_folder_that_somebody_removed_is_no_obstacle_to_the_end()
    {
        using var files = new StatusFiles(_board, _state.FullName, TimeProvider.System);
        _state.Delete(recursive: true);
        await files.StartAsync(default);
        await files.StopAsync(default);
        _state.Create();
    }

    public void Dispose() => _state.Delete(recursive: true);

    private string At(string name) => Path.Combine(_state.FullName, name);
}
