using System.Text.Json;
using Microsoft.Extensions.Hosting;

namespace Keylime.AppHost.Status;

/// <summary>Keeps <c>status.json</c> and <c>status.txt</c> in the state folder for <c>./keylime status</c>, and <c>outcome</c> for <c>./keylime up --detach</c>:
/// <c>ready</c>, or what keeps the cluster from becoming so.</summary>
internal sealed class StatusFiles(StatusBoard board, string stateDirectory, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly long _started = time.GetTimestamp();
    private bool _decided;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Delete("outcome");
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = board.Changed;
            var status = board.Current;
            Write(status);
            await Task.WhenAny(changed, Task.Delay(Timeout.Infinite, stoppingToken));
            await Task.WhenAny(Task.Delay(Calm, stoppingToken));
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Delete("status.json");
        Delete("status.txt");
    }

    /// <summary>On a full disk, or in a folder that somebody has removed, the files are old or missing until the next change: no reason to end a cluster.</summary>
    private void Write(ClusterStatus status)
    {
        try
        {
            Replace("status.json", JsonSerializer.Serialize(status, StatusJson.Default.ClusterStatus) + "\n");
            Replace("status.txt", StatusTables.DrawText(status));
            Decide(status);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As said.
        }
    }

    private void Decide(ClusterStatus status)
    {
        if (_decided || Outcome(status) is not { } outcome)
            return;
        Replace("outcome", outcome + "\n");
        _decided = true;
    }

    private string? Outcome(ClusterStatus status)
    {
        var elapsed = time.GetElapsedTime(_started);
        if (status.Services.FirstOrDefault(service => service.State is "failed" or "exited") is { } ended)
            return $"{ended.Name} has {ended.State}: ./keylime logs {ended.Name}";
        if (status.Agents.FirstOrDefault(agent => agent.State == Protocol.TrustState.Failed) is { } failed)
            return $"{failed.Id} failed: {failed.Reason}";
        if (status.Services.Count > 0 && status.IsAttested)
            return FormattableString.Invariant($"ready {elapsed.TotalSeconds:0.0}");
        return elapsed > Patience ? $"not ready after {Patience.TotalSeconds} s: {string.Join(", ", Unready(status))}" : null;
    }

    private static IEnumerable<string> Unready(ClusterStatus status) =>
        status.Services.Where(service => service.State is not ("running" or "finished")).Select(service => $"{service.Name} is {service.State}")
            .Concat(status.Agents.Where(agent => agent.State != Protocol.TrustState.Attested).Select(agent => $"{agent.Id} is {agent.State}"));

    /// <summary>A reader sees the old text or the new, never a half.</summary>
    private void Replace(string name, string text)
    {
        File.WriteAllText(At(name) + ".part", text);
        File.Move(At(name) + ".part", At(name), overwrite: true);
    }

    private void Delete(string name)
    {
        if (File.Exists(At(name)))
            File.Delete(At(name));
    }

    private string At(string name) => Path.Combine(stateDirectory, name);
}
