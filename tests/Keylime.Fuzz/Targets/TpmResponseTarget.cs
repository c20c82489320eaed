using System.Buffers.Binary;
using Keylime.Fuzz.Engine;
using Keylime.Tpm;
using Keylime.Tpm.Commands;
using Keylime.Tpm.Structures;

namespace Keylime.Fuzz.Targets;

/// <summary>Responses of a TPM, or of whoever sits where it should. The first byte says to which command; the size in the header is set right half of the time.</summary>
internal static class TpmResponseTarget
{
    private delegate bool Parse(ReadOnlySpan<byte> source, out ParseError error);

    private static readonly Authorization Empty = Authorization.Password();
    private static readonly PublicArea Area = new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Rsa = new(2048, 0, new byte[256]) };

    private static readonly Parse[] Parsers =
    [
        Of(new ReadPublicCommand(0)), Of(new GetCapabilityCommand(TpmCapability.Handles, 0, 1)), Of(new GetCapabilityCommand(TpmCapability.Algorithms, 0, 1)),
        Of(new GetCapabilityCommand(TpmCapability.Pcrs, 0, 1)), Of(new GetCapabilityCommand(TpmCapability.EccCurves, 0, 1)), Of(new GetCapabilityCommand(TpmCapability.Properties, 0, 1)), Of(new PcrReadCommand([])), Of(new ContextSaveCommand(0)),
        Of(new NvReadPublicCommand(0)), Of(new NvReadCommand(0, Empty, 0, 0, 0)), Of(new FlushContextCommand(0)), Of(new StartAuthSessionCommand(default, TpmAlgorithm.Sha256)),
        Of(new LoadCommand(0, Empty, default, Area)), Of(new CreateCommand(0, Empty, Area)), Of(new CreatePrimaryCommand(0, Empty, Area)),
    ];

    public static FuzzTarget Target { get; } = new("tpm-response", Run, [.. Enumerable.Range(0, Parsers.Length).SelectMany(Seeds)])
    {
        Dictionary = [[0x80, 1], [0x80, 2], [0, 0, 0, 0], [0, 0, 0, 5], [0, 0, 0, 6], [0, 0, 1, 0x2F]],
    };

    private static int Run(byte[] input)
    {
        if (input.Length < 2) return 0;
        var response = input[2..];
        if (input[1] % 2 == 0 && response.Length >= 6) BinaryPrimitives.WriteUInt32BigEndian(response.AsSpan(2), (uint)response.Length);
        if (!ResponseFrame.TryReadCode(response, out var code, out var error)) TpmTargets.Located(error, response);
        // Names of codes are for people, who see whatever the TPM says.
        _ = code.ToString();
        return Parsers[input[0] % Parsers.Length](response, out error) ? 1 : TpmTargets.Located(error, response);
    }

    private static Parse Of<T>(ITpmCommand<T> command) where T : class => (source, out error) => command.TryParseResponse(source, out _, out error);

    private static IEnumerable<byte[]> Seeds(int command)
    {
        byte[] head = [(byte)command, 0];
        yield return [.. head, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, .. new byte[64]];
        yield return [.. head, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 2, 1, 2, 0, 0, 1, 0, 0];
        yield return [.. head, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0x0B, 3, 0xFF, 0xFF, 0xFF];
    }
}
