using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_PolicyOR: replaces a policy that is one of several by the policy that allows them all.</summary>
/// <param name="Session">The policy session.</param>
/// <param name="Branches">Digests of the alternatives, 2 to 8.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_PolicyOR (23.6).</remarks>
public sealed record PolicyOrCommand(uint Session, IReadOnlyList<ReadOnlyMemory<byte>> Branches) : ITpmCommand<EmptyResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.PolicyOr;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Session], [], (ref writer) =>
    {
        writer.WriteUInt32((uint)Branches.Count);
        foreach (var branch in Branches) writer.WriteSized(branch.Span);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, static (ref _, _) => EmptyResponse.Instance, out response, out error);
}
