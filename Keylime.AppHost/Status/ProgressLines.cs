using Keylime.Protocol;
using Microsoft.Extensions.Hosting;

namespace Keylime.AppHost.Status;

/// <summary>The board where there is no terminal: a line for each change of a state.</summary>
internal sealed class ProgressLines(StatusBoard board) : BackgroundService
{
    private readonly Dictionary<string, string> _printed = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = board.Changed;
            Print(board.Current);
            await Task.WhenAny(changed, Task.Delay(Timeout.Infinite, stoppingToken));
        }
    }

    private void Print(ClusterStatus status)
    {
        foreach (var service in status.Services)
            PrintChange(service.Name, service.State, service.Address);
        foreach (var agent in status.Agents)
            PrintChange($"agent {agent.Id}", agent.State, agent.State == TrustState.Attested && agent.Owner is not null ? $"by {agent.Owner}" : agent.Reason);
    }

    private void PrintChange(string name, string state, string? detail)
    {
        if (_printed.TryGetValue(name, out var before) ? before == state : state is "notstarted")
            return;
        _printed[name] = state;
        try
        {
            Console.WriteLine($"{name,-24} {state,-10} {detail}".TrimEnd());
        }
        catch (IOException)
        {
            // A file on a full disk, a terminal that was closed: that nobody can look on does not end what runs.
        }
    }
}
