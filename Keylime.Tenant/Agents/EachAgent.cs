using System.Collections.Concurrent;
using Keylime.Protocol;

namespace Keylime.Tenant.Agents;

/// <summary>Does one thing for several agents, a few at a time, and says of each what became of it.</summary>
internal static class EachAgent
{
    private const int AtATime = 8;

    /// <returns>Those for which it was done, in the order given.</returns>
    public static async Task<IReadOnlyList<AgentId>> RunAsync(TextWriter log, IReadOnlyList<AgentId> ids, string done, Func<AgentId, Task> run, CancellationToken ct)
    {
        var good = new ConcurrentDictionary<AgentId, bool>();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = ct }, async (id, _) =>
        {
            try
            {
                await run(id);
                good[id] = true;
                log.WriteLine($"Agent {id} {done} ({good.Count} of {ids.Count})");
            }
            catch (UserErrorException e)
            {
                log.WriteLine($"ERROR: {e.Message}");
            }
            // Whatever one agent is or answers, the others have their turn.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.WriteLine($"ERROR: Agent {id}: a defect of this program, please report it: {e.GetType().Name}: {e.Message}");
            }
        });
        return [.. ids.Where(good.ContainsKey)];
    }
}
