using Keylime.FleetSimulator.Machines;

namespace Keylime.FleetSimulator.Payload;

/// <summary>The payload keys of a fleet. RSA by the protocol, and slow to make: large fleets share five hundred between them, as nothing in attestation
/// depends on their being different.</summary>
internal sealed class PayloadKeys
{
    private const int MaxKeys = 496;

    private readonly PayloadKey[] _keys;

    private PayloadKeys(PayloadKey[] keys) => _keys = keys;

    public PayloadKey this[int agent] => _keys[agent % _keys.Length];

    public static PayloadKeys For(int agents)
    {
        var count = Math.Min(agents, MaxKeys);
        var pairs = RsaKeys.For(count);
        var keys = new PayloadKey[count];
        Parallel.For(0, count, i => keys[i] = new(pairs, i));
        return new(keys);
    }
}
