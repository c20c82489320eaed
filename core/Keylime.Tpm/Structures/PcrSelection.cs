using System.Numerics;

namespace Keylime.Tpm.Structures;

/// <summary>TPMS_PCR_SELECTION: PCRs of one bank.</summary>
/// <param name="Bank">Hash algorithm of the bank.</param>
/// <param name="Mask">Bit n is PCR n.</param>
/// <param name="SelectBytes">Length of the bit map on the wire, 0 to 4. It carries no meaning, but is covered by signatures.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_PCR_SELECTION (10.6.2) and TPML_PCR_SELECTION (10.9.7).</remarks>
public readonly record struct PcrSelection(TpmAlgorithm Bank, uint Mask, byte SelectBytes = PcrSelection.UsualSelectBytes)
{
    /// <summary>Bit map length for the 24 PCRs of PC platforms.</summary>
    public const byte UsualSelectBytes = 3;
    /// <summary>Longest list of selections: as many banks as any TPM has.</summary>
    public const int MaxBanks = 16;
    /// <summary>Most PCRs that one selection can name.</summary>
    public const int MaxPcrs = 32;

    /// <summary>Number of selected PCRs.</summary>
    public int Count => BitOperations.PopCount(Mask);

    /// <summary>True when PCR <paramref name="pcr"/> is selected.</summary>
    public bool Contains(int pcr) => pcr is >= 0 and < MaxPcrs && (Mask >> pcr & 1) != 0;

    /// <summary>The selected PCRs, ascending.</summary>
    public IEnumerable<int> Pcrs
    {
        get
        {
            for (var rest = Mask; rest != 0; rest &= rest - 1) yield return BitOperations.TrailingZeroCount(rest);
        }
    }

    /// <summary>True when both lists name the same PCRs in the same order. Empty selections and the length of bit maps do not
    /// count.</summary>
    /// <remarks>The order matters: the digest in a quote covers the values in list order.</remarks>
    public static bool SamePcrs(IReadOnlyList<PcrSelection> left, IReadOnlyList<PcrSelection> right)
    {
        var (i, j) = (0, 0);
        while (true)
        {
            while (i < left.Count && left[i].Mask == 0) i++;
            while (j < right.Count && right[j].Mask == 0) j++;
            if (i == left.Count || j == right.Count) return i == left.Count && j == right.Count;
            if (left[i].Bank != right[j].Bank || left[i].Mask != right[j].Mask) return false;
            (i, j) = (i + 1, j + 1);
        }
    }

    internal static PcrSelection[] ReadList(ref TpmReader reader)
    {
        var selections = new PcrSelection[reader.ReadCount(MaxBanks)];
        for (var i = 0; i < selections.Length && !reader.Failed; i++) selections[i] = Read(ref reader);
        return selections;
    }

    internal static void WriteList(ref TpmWriter writer, IReadOnlyList<PcrSelection> selections)
    {
        writer.WriteUInt32((uint)selections.Count);
        foreach (var selection in selections) selection.Write(ref writer);
    }

    private static PcrSelection Read(ref TpmReader reader)
    {
        // A bank whose hash we cannot compute is still a legal selection; whoever needs its values refuses it.
        var bank = reader.ReadAlgorithm();
        var length = reader.ReadByte();
        if (length > sizeof(uint)) reader.Fail(ParseFault.TooLong);
        var mask = 0u;
        var bits = reader.Take(length);
        for (var i = 0; i < bits.Length; i++) mask |= (uint)bits[i] << (8 * i);
        return new(bank, mask, length);
    }

    private void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Bank);
        writer.WriteByte(SelectBytes);
        for (var i = 0; i < SelectBytes; i++) writer.WriteByte((byte)(Mask >> (8 * i)));
    }
}
