using System.Linq.Expressions;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Keylime.Storage.Verifier;

/// <summary>Reads many agents at once. A row that cannot be read, whoever has damaged it, is told of and left out; those beside it are read.</summary>
internal sealed partial class AgentReader(ILogger<AgentReader> logger)
{
    public async Task<IReadOnlyList<StoredAgent>> ReadAsync(VerifierContext db, Expression<Func<AgentView, bool>> wanted, CancellationToken ct)
    {
        try
        {
            return (await db.AgentViews().Where(wanted).OrderBy(view => view.Agent.AgentId).ToListAsync(ct)).ConvertAll(view => view.ToStoredAgent());
        }
        catch (Exception e) when (IsOfTheRows(e))
        {
            return await ReadAroundAsync(db, wanted, ct);
        }
    }

    /// <summary>Halves what cannot be read at once, down to the rows that are to blame.</summary>
    private async Task<List<StoredAgent>> ReadAroundAsync(VerifierContext db, Expression<Func<AgentView, bool>> wanted, CancellationToken ct)
    {
        var ids = await db.AgentViews().Where(wanted).OrderBy(view => view.Agent.AgentId).Select(view => view.Agent.AgentId).ToListAsync(ct);
        if (ids.RemoveAll(id => id == default) is > 0 and var nameless) LogNameless(nameless);
        var read = new List<StoredAgent>();
        var parts = new Stack<List<AgentId>>([ids]);
        while (parts.TryPop(out var part))
            try
            {
                read.AddRange((await db.AgentViews().Where(view => part.Contains(view.Agent.AgentId)).OrderBy(view => view.Agent.AgentId).ToListAsync(ct))
                    .ConvertAll(view => view.ToStoredAgent()));
            }
            catch (Exception e) when (IsOfTheRows(e))
            {
                if (part is [var id]) LogUnreadable(e, id.Value);
                else
                {
                    parts.Push(part[(part.Count / 2)..]);
                    parts.Push(part[..(part.Count / 2)]);
                }
            }
        return read;
    }

    private static bool IsOfTheRows(Exception e) => e is not OperationCanceledException && !Outage.IsCause(e);

    [LoggerMessage(StorageEvents.AgentUnreadable, LogLevel.Error, "Row of agent {AgentId} cannot be read, it is left out")]
    private partial void LogUnreadable(Exception fault, string agentId);

    [LoggerMessage(StorageEvents.NamelessAgents, LogLevel.Error, "{Count} rows of agents have an id that is none, they are left out")]
    private partial void LogNameless(int count);
}
