using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_PCR_Reset: sets a resettable PCR (16 and 23 for applications) to zero in all banks.</summary>
/// <param name="Pcr">Number of the PCR.</param>
/// <param name="Authorization">Authorisation of the PCR: empty.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_PCR_Reset (22.8).</remarks>
public sealed record PcrResetCommand(uint Pcr, Authorization Authorization) : ITpmCommand<EmptyResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.PcrReset;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Pcr], [Authorization]);

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, static (ref _, _) => EmptyResponse.Instance, out response, out error);
}
