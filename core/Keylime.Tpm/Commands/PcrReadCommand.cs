using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_PCR_Read: values of some PCRs. The TPM gives at most eight at a time and says which.</summary>
/// <param name="Pcrs">The PCRs wanted.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_PCR_Read (22.4).</remarks>
public sealed record PcrReadCommand(IReadOnlyList<PcrSelection> Pcrs) : ITpmCommand<PcrReadResponse>
{
    private const int MaxDigests = 8;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.PcrRead;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [], [], (ref writer) => PcrSelection.WriteList(ref writer, Pcrs));

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PcrReadResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, Read, out response, out error);

    private static PcrReadResponse Read(ref TpmReader reader, uint handle)
    {
        var updateCounter = reader.ReadUInt32();
        var pcrs = PcrSelection.ReadList(ref reader);
        var slots = pcrs.SelectMany(selection => selection.Pcrs, (selection, pcr) => new PcrValue(selection.Bank, pcr, default)).ToArray();
        var count = reader.ReadCount(MaxDigests);
        if (count != slots.Length) reader.Fail(ParseFault.BadSize);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            var value = reader.ReadSized(TpmHash.MaxDigestBytes);
            if (value.Length != slots[i].Bank.DigestBytes()) reader.Fail(ParseFault.BadSize);
            slots[i] = slots[i] with { Value = value.ToArray() };
        }
        return new(updateCounter, pcrs, slots);
    }
}

/// <summary>Values that were read.</summary>
/// <param name="UpdateCounter">Changes with the PCRs; PCRs that are exempt do not move it.</param>
/// <param name="Pcrs">Those of the wanted PCRs that were read.</param>
/// <param name="Values">Their values, in that order.</param>
public sealed record PcrReadResponse(uint UpdateCounter, IReadOnlyList<PcrSelection> Pcrs, IReadOnlyList<PcrValue> Values);
