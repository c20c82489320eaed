using System.Text;
using Keylime.AppHost.Status;
using Spectre.Console;

namespace Keylime.AppHost.Tests.Status;

/// <summary>Writing to a terminal that was closed, or to a file on a full disk, is an IOException.</summary>
public sealed class LostTerminalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TextWriter _output = Console.Out;
    private readonly IAnsiConsole _console = AnsiConsole.Console;
    private readonly LostWriter _lost = new();
    private readonly StatusBoard _board = new(["agent-0"], "/certificates");

    [Fact]
    public async Task The_table_ends_and_nothing_else()
    {
        AnsiConsole.Console = AnsiConsole.Create(new() { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(_lost) });
        using var table = new LiveTable(_board);
        await table.StartAsync(default);
        await table.ExecuteTask!.WaitAsync(Patience);
        Assert.True(_lost.Writes > 0);
    }

    [Fact]
    public async Task Lines_go_on()
    {
        using var patience = new CancellationTokenSource(Patience);
        Console.SetOut(_lost);
        using var lines = new ProgressLines(_board);
        await lines.StartAsync(default);
        foreach (var state in (string[])["starting", "running"])
        {
            var before = _lost.Writes;
            _board.SetService("verifier-0", [new("verifier-0", "project", state, null, null)]);
            while (_lost.Writes == before)
            {
                Assert.False(lines.ExecuteTask!.IsCompleted, $"{lines.ExecuteTask.Exception}");
                await Task.Delay(20, patience.Token);
            }
        }
        await lines.StopAsync(default);
    }

    public void Dispose()
    {
        Console.SetOut(_output);
        AnsiConsole.Console = _console;
        _lost.Dispose();
    }

    private sealed class LostWriter : TextWriter
    {
        private int _writes;

        public int Writes => _writes;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Lose();

        public override void Write(string? value) => Lose();

        public override void WriteLine(string? value) => Lose();

        private void Lose()
        {
            Interlocked.Increment(ref _writes);
            throw new IOException("Input/output error");
        }
    }
}
