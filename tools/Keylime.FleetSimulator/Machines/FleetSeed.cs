using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Keylime.Protocol;

namespace Keylime.FleetSimulator.Machines;

/// <summary>What ids and elliptic-curve keys are derived from, as a TPM derives its primary keys from seeds of its own. A fleet that is started again
/// with its seed is the same machines to registrars and verifiers, also after it was killed.</summary>
/// <remarks>The keys are as secret as the seed, which is on the command line: they protect nothing but simulated machines.</remarks>
internal sealed class FleetSeed(string text)
{
    private readonly byte[] _key = SHA256.HashData(Encoding.UTF8.GetBytes(text));

    public string Text { get; } = text;

    /// <summary>A seed that no other fleet has.</summary>
    public static FleetSeed Random() => new(RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 10));

    /// <summary>A UUID of version 8 (RFC 9562, section 5.8: contents of one's own).</summary>
    public AgentId IdOf(int number)
    {
        Span<byte> bytes = Derive($"id {number}").AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return AgentId.Parse(new Guid(bytes, bigEndian: true).ToString());
    }

    /// <summary>A private key on P-256; the platform computes the public point.</summary>
    public ECParameters P256KeyOf(AgentId agent, string purpose)
    {
        var d = Derive($"{purpose} {agent}");
        // Below the order of the group, whose highest bit is set.
        d[0] &= 0x7F;
        return new() { Curve = ECCurve.NamedCurves.nistP256, D = d };
    }

    /// <summary>A number for choices that differ from agent to agent.</summary>
    public int NumberOf(AgentId agent, string purpose, int below) =>
        (int)(BinaryPrimitives.ReadUInt32BigEndian(Derive($"{purpose} {agent}")) % (uint)below);

    private byte[] Derive(string label) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(label));
}
