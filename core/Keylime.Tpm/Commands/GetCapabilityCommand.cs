using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_GetCapability: what the TPM is and holds.</summary>
/// <param name="Capability">What is asked for.</param>
/// <param name="First">First value of interest: a handle, an algorithm, a property.</param>
/// <param name="Count">Most values to give at once.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_GetCapability (30.2).</remarks>
public sealed record GetCapabilityCommand(TpmCapability Capability, uint First, uint Count) : ITpmCommand<GetCapabilityResponse>
{
    private const int MaxValues = 254;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.GetCapability;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [], [], (ref writer) =>
    {
        writer.WriteUInt32((uint)Capability);
        writer.WriteUInt32(First);
        writer.WriteUInt32(Count);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out GetCapabilityResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, Read, out response, out error);

    private GetCapabilityResponse Read(ref TpmReader reader, uint handle)
    {
        var more = reader.ReadByte();
        if (more > 1) reader.Fail(ParseFault.BadValue);
        if (reader.ReadUInt32() != (uint)Capability) reader.Fail(ParseFault.BadType);
        var response = new GetCapabilityResponse(more == 1);
        switch (Capability)
        {
            case TpmCapability.Pcrs:
                return response with { Pcrs = PcrSelection.ReadList(ref reader) };
            case TpmCapability.Algorithms:
                return response with { Values = ReadValues(ref reader, ReadAlgorithm) };
            case TpmCapability.Handles:
                return response with { Values = ReadValues(ref reader, static (ref reader) => new(reader.ReadUInt32(), 0)) };
            case TpmCapability.EccCurves:
                return response with { Values = ReadValues(ref reader, static (ref reader) => new(reader.ReadUInt16(), 0)) };
            case TpmCapability.Properties:
                return response with { Values = ReadValues(ref reader, ReadProperty) };
            default:
                reader.Fail(ParseFault.BadType);
                return response;
        }
    }

    private delegate KeyValuePair<uint, uint> ReadValue(ref TpmReader reader);

    private static KeyValuePair<uint, uint> ReadAlgorithm(ref TpmReader reader) => new(reader.ReadUInt16(), reader.ReadUInt32());

    private static KeyValuePair<uint, uint> ReadProperty(ref TpmReader reader) => new(reader.ReadUInt32(), reader.ReadUInt32());

    private static KeyValuePair<uint, uint>[] ReadValues(ref TpmReader reader, ReadValue read)
    {
        var values = new KeyValuePair<uint, uint>[reader.ReadCount(MaxValues)];
        for (var i = 0; i < values.Length && !reader.Failed; i++) values[i] = read(ref reader);
        return values;
    }
}

/// <summary>The answer to one kind of question.</summary>
/// <param name="MoreData">True when there are more values than were asked for.</param>
public sealed record GetCapabilityResponse(bool MoreData)
{
    /// <summary>Implemented PCRs per bank; empty for other questions. A bank without PCRs is not active.</summary>
    public IReadOnlyList<PcrSelection> Pcrs { get; init; } = [];
    /// <summary>Algorithms and properties with their values, handles and curves with 0; empty for the other question.</summary>
    public IReadOnlyList<KeyValuePair<uint, uint>> Values { get; init; } = [];
}
