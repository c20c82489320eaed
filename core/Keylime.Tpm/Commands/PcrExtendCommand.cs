using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_PCR_Extend: extends one PCR in some of its banks.</summary>
/// <param name="Pcr">Number of the PCR.</param>
/// <param name="Authorization">Authorisation of the PCR: empty.</param>
/// <param name="Digests">One digest for each bank that is to change; a bank without one keeps its value.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_PCR_Extend (22.2).</remarks>
public sealed record PcrExtendCommand(
    uint Pcr, Authorization Authorization, IReadOnlyDictionary<TpmAlgorithm, ReadOnlyMemory<byte>> Digests) : ITpmCommand<EmptyResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.PcrExtend;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A digest does not have the length of its bank.</exception>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Pcr], [Authorization], (ref writer) =>
    {
        writer.WriteUInt32((uint)Digests.Count);
        foreach (var (bank, digest) in Digests)
        {
            if (digest.Length != bank.DigestBytes()) throw new InvalidOperationException($"No {bank} digest has {digest.Length} bytes.");
            writer.WriteAlgorithm(bank);
            writer.WriteBytes(digest.Span);
        }
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, static (ref _, _) => EmptyResponse.Instance, out response, out error);
}
