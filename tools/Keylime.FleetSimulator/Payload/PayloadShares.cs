using Keylime.Protocol;
using Keylime.Protocol.Payloads;

namespace Keylime.FleetSimulator.Payload;

/// <summary>The halves of the payload key that were delivered, the latest of each kind, and the key once they fit.</summary>
internal sealed class PayloadShares(AgentId agent)
{
    private readonly Lock _gate = new();
    private (byte[] U, string Tag)? _tenant;
    private byte[]? _verifier;
    private byte[]? _key;

    public byte[]? Key
    {
        get { lock (_gate) return _key; }
    }

    public void AddTenantShare(byte[] u, string tag)
    {
        lock (_gate)
        {
            _tenant = (u, tag);
            TryCombine();
        }
    }

    public void AddVerifierShare(byte[] v)
    {
        lock (_gate)
        {
            _verifier = v;
            TryCombine();
        }
    }

    private void TryCombine()
    {
        if (_tenant is not var (u, tag) || _verifier is not { } v || v.Length != u.Length) return;
        var key = KeyShares.Combine(u, v);
        if (KeyShares.IsProof(key, agent.Value, tag)) _key = key;
    }
}
