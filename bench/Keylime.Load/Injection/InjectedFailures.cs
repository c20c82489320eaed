using Keylime.Load.Fleet;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Load.Injection;

/// <summary>Which agents gave false evidence, and whether the verifiers say so. A failure is lost when its agent is not shown as failed once everything is well again, or is shown as
/// attested after it was shown as failed.</summary>
internal sealed class InjectedFailures
{
    // Events come on the fleet's reader, looks from wherever states are read.
    private readonly Lock _gate = new();
    private readonly HashSet<string> _injected = [];
    private readonly HashSet<string> _shownFailed = [];
    private readonly HashSet<string> _shownAttestedAfter = [];

    public int Count
    {
        get
        {
            lock (_gate) return _injected.Count;
        }
    }

    /// <summary>The fleet tells of a false answer when it has been sent, not when it was ordered: one that nobody asked for cannot be lost.</summary>
    public void Hear(FleetEvent told)
    {
        if (told is not { Event: "injected", Agent: { } agent }) return;
        lock (_gate) _injected.Add(agent);
    }

    public void Look(IReadOnlyDictionary<string, VerifierAgentResponse> states)
    {
        lock (_gate)
            foreach (var agent in _injected)
            {
                var state = states.GetValueOrDefault(agent)?.TrustState;
                if (state == TrustState.Failed) _shownFailed.Add(agent);
                else if (state == TrustState.Attested && _shownFailed.Contains(agent)) _shownAttestedAfter.Add(agent);
            }
    }

    /// <summary>Agents whose failure is not shown by these states, or was taken back at any time.</summary>
    public IReadOnlyList<string> FindLost(IReadOnlyDictionary<string, VerifierAgentResponse> states)
    {
        lock (_gate)
            return [.. _injected.Where(agent => _shownAttestedAfter.Contains(agent) || states.GetValueOrDefault(agent)?.TrustState != TrustState.Failed).Order(StringComparer.Ordinal)];
    }
}
