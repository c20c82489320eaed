using Keylime.Protocol;
using Keylime.Protocol.Payloads;

namespace Keylime.Agent.Payload;

/// <summary>The tenant's half of the payload key, with the tag (lower-case hex) that tells when the right other half is found, and the payload that the key opens.</summary>
internal sealed record TenantShare(byte[] U, string AuthTag, byte[]? Ciphertext);

/// <summary>A payload key that was put together, and what it opens.</summary>
internal sealed record RecoveredPayload(byte[] Key, byte[]? Ciphertext);

/// <summary>Puts the payload key together: K = U xor V, where U comes from the tenant and V from the verifier once it trusts this machine.</summary>
/// <remarks>Which U belongs to which V is not said: every pair is tried until HMAC-SHA384(K, agent id) equals the tag that came with U.
/// Either half may come first and both may come again, as after a restart of the verifier.</remarks>
internal sealed class PayloadShares(AgentId agent)
{
    /// <summary>Halves of each kind that wait for the other. Peers send one; a peer that sends thousands must not fill our memory.</summary>
    internal const int MaxWaiting = 16;

    private readonly Lock _gate = new();
    private readonly List<TenantShare> _tenant = [];
    private readonly List<byte[]> _verifier = [];
    private byte[]? _key;

    /// <summary>The payload key; null until a pair of halves matched.</summary>
    public byte[]? Key
    {
        get { lock (_gate) return _key; }
    }

    /// <summary>Takes a U; the result is there when it completed the key.</summary>
    public RecoveredPayload? Add(TenantShare share) => Add(_tenant, share);

    /// <summary>Takes a V; the result is there when it completed the key.</summary>
    public RecoveredPayload? Add(byte[] verifierShare) => Add(_verifier, verifierShare);

    private RecoveredPayload? Add<T>(List<T> waiting, T share)
    {
        lock (_gate)
        {
            if (waiting.Count == MaxWaiting) waiting.RemoveAt(0);
            waiting.Add(share);
            if (TryCombine() is not { } recovered) return null;
            _tenant.Clear();
            _verifier.Clear();
            _key = recovered.Key;
            return recovered;
        }
    }

    private RecoveredPayload? TryCombine()
    {
        foreach (var tenant in _tenant)
            foreach (var v in _verifier)
            {
                if (v.Length != tenant.U.Length) continue;
                var key = KeyShares.Combine(tenant.U, v);
                if (KeyShares.IsProof(key, agent.Value, tenant.AuthTag)) return new(key, tenant.Ciphertext);
            }
        return null;
    }
}
