using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.World;
using Keylime.Verifier.Revocation;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>The webhook as one verifier reaches it.</summary>
internal sealed class SimulatedHook(Link link, Auditor auditor) : IRevocationHook
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<string?> TryPostAsync(string payload, CancellationToken ct)
    {
        try
        {
            return await link.AskAsync<string?>(() => "revocation message", () =>
            {
                auditor.Told(payload);
                return null;
            }, Patience, reason => new TimeoutException(reason), ct);
        }
        catch (TimeoutException e)
        {
            return e.Message;
        }
    }
}
