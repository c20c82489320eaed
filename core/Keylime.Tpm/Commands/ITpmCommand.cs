using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>A TPM command with the shape of its response.</summary>
/// <typeparam name="TResponse">What the TPM gives back when the command succeeds.</typeparam>
public interface ITpmCommand<TResponse> where TResponse : class
{
    /// <summary>The command.</summary>
    TpmCommandCode Code { get; }

    /// <summary>The command with header, handles, authorisations and parameters.</summary>
    byte[] ToBytes();

    /// <summary>Reads the whole response of a command that succeeded; false, with the place of the fault, for anything else.</summary>
    bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out TResponse? response, out ParseError error);
}
