using Keylime.Load.Options;

namespace Keylime.Load.Kills;

/// <summary>When, after the start of the measurement, what is killed.</summary>
internal sealed record PlannedKill(TimeSpan Due, KillTarget Target);

internal static class KillSchedule
{
    /// <summary>Evenly spread and with a share of the time before the first and after the last. Every target gets its turn, in an order by chance.</summary>
    public static IReadOnlyList<PlannedKill> Plan(IReadOnlyList<KillTarget> targets, int kills, TimeSpan duration, Random chance)
    {
        var planned = new List<PlannedKill>();
        var turn = new Queue<KillTarget>();
        for (var i = 0; i < kills && targets.Count > 0; i++)
        {
            if (turn.Count == 0)
            {
                var order = targets.ToArray();
                chance.Shuffle(order);
                foreach (var target in order) turn.Enqueue(target);
            }
            planned.Add(new(duration * (i + 0.5) / kills, turn.Dequeue()));
        }
        return planned;
    }
}
