using System.Buffers.Binary;
using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Credentials;

/// <summary>Policy digests, computed as a TPM does when a policy session is satisfied.</summary>
/// <remarks>TPM 2.0 Part 1, Policy (19.7).</remarks>
public static class PolicyDigest
{
    /// <summary>Digest after one TPM2_PolicySecret for a hierarchy, without a policyRef.</summary>
    public static byte[] Secret(TpmAlgorithm hash, uint hierarchy)
    {
        Span<byte> name = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(name, hierarchy);
        // PolicyUpdate hashes twice; the second time takes in the empty policyRef.
        return hash.HashData(Extend(hash, new byte[hash.DigestBytes()], TpmCommandCode.PolicySecret, name));
    }

    /// <summary>Digest after TPM2_PolicyOR over <paramref name="branches"/>, whichever of them was satisfied.</summary>
    public static byte[] Or(TpmAlgorithm hash, IReadOnlyList<ReadOnlyMemory<byte>> branches)
    {
        var joined = new byte[branches.Sum(branch => branch.Length)];
        var offset = 0;
        foreach (var branch in branches)
        {
            branch.Span.CopyTo(joined.AsSpan(offset));
            offset += branch.Length;
        }
        return Extend(hash, new byte[hash.DigestBytes()], TpmCommandCode.PolicyOr, joined);
    }

    private static byte[] Extend(TpmAlgorithm hash, ReadOnlySpan<byte> digest, TpmCommandCode code, ReadOnlySpan<byte> argument)
    {
        Span<byte> command = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(command, (uint)code);
        return hash.HashData([.. digest, .. command, .. argument]);
    }
}
