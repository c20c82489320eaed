using Microsoft.Extensions.Hosting;
using Spectre.Console;

namespace Keylime.AppHost.Status;

/// <summary>The board on a terminal, redrawn as it changes.</summary>
internal sealed class LiveTable(StatusBoard board) : BackgroundService
{
    /// <summary>Changes come in bursts; a terminal need not see each.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(150);
    /// <summary>A window that was resized says so to nobody here.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await DrawAllAsync(stoppingToken);
        }
        catch (IOException)
        {
            // The terminal was closed, and we were told not to end with it (disown): nobody looks on any more.
        }
    }

    private async Task DrawAllAsync(CancellationToken stoppingToken)
    {
        await DrawAsync(stoppingToken);
        // Spectre keeps the largest height that it ever drew, and so pushes everything out of a window that has shrunk: each size begins anew.
        while (!stoppingToken.IsCancellationRequested)
        {
            AnsiConsole.Clear();
            await DrawAsync(stoppingToken);
        }

        AnsiConsole.WriteLine("Ending the cluster ...");
    }

    /// <summary>Until the window has another size, or the cluster ends.</summary>
    private Task DrawAsync(CancellationToken stoppingToken) => AnsiConsole
        .Live(new StatusScreen(board.Current)).AutoClear(false)
        .StartAsync(async live =>
        {
            var size = Size();
            while (!stoppingToken.IsCancellationRequested && Size() == size)
            {
                var changed = board.Changed;
                live.UpdateTarget(new StatusScreen(board.Current));
                await Task.WhenAny(changed, Task.Delay(Glance, stoppingToken));
                await Task.WhenAny(Task.Delay(Calm, stoppingToken));
            }
        });

    private static (int, int) Size() => (AnsiConsole.Profile.Width, AnsiConsole.Profile.Height);
}
