using Keylime.Load.Processes;

namespace Keylime.Load.Tests.Processes;

public sealed class SupervisedProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keylime-supervised-").FullName;

    private string Log => Path.Combine(_folder, "log");

    [Fact]
    public async Task A_program_is_asked_to_stop_and_waited_for()
    {
        const string program = "trap 'echo stopped; exit 0' TERM; echo \"$1 $WORD\"; while :; do sleep 0.05; done";
        await using (SupervisedProcess.Start(["sh", "-c", program, "sh", "a 'b\" $c"], new Dictionary<string, string> { ["WORD"] = "x y" }, Log, TimeSpan.FromMinutes(1)))
            while (!File.Exists(Log) || await File.ReadAllTextAsync(Log) != "a 'b\" $c x y\n") await Task.Delay(20);
        Assert.Equal("a 'b\" $c x y\nstopped\n", await File.ReadAllTextAsync(Log));
    }

    [Fact]
    public async Task The_end_of_a_program_is_seen()
    {
        await using var process = SupervisedProcess.Start(["sh", "-c", "exit 3"], new Dictionary<string, string>(), Log, TimeSpan.FromMinutes(1));
        await process.WaitForExitAsync(CancellationToken.None);
        Assert.True(process.HasExited);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
