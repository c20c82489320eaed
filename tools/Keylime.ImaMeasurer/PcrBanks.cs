using Keylime.Attestation.Ima;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.ImaMeasurer;

/// <summary>The active PCR banks of a TPM. The kernel extends all of them, each with its own hash of the entry.</summary>
internal sealed class PcrBanks(IEnumerable<TpmAlgorithm> banks)
{
    private readonly TpmAlgorithm[] _banks = [.. banks.Order()];

    public IReadOnlyList<TpmAlgorithm> All => _banks;

    /// <summary>PCR 10 after the start of the machine.</summary>
    public PcrValues Zero() => new(_banks.Select(bank => (bank, new byte[bank.DigestBytes()])));

    /// <summary>The same PCRs in every bank.</summary>
    public IReadOnlyList<PcrSelection> Select(uint mask) => [.. _banks.Select(bank => new PcrSelection(bank, mask))];

    /// <summary>One PCR out of what was read of every bank.</summary>
    public PcrValues Take(PcrBlob read, int pcr) => new(_banks.Select(bank => (bank, read.TryGetValue(bank, pcr, out var value)
        ? value.ToArray() : throw new ListDisagreesException($"the {bank.ToHashName()} bank has no PCR {pcr}"))));

    public PcrValues Extend(PcrValues values, ImaNgEntry entry) => new(_banks.Select(bank =>
    {
        var value = values[bank].ToArray();
        bank.Extend(value, entry.ComputeExtendDigest(bank));
        return (bank, value);
    }));

    public Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> DigestsOf(ImaNgEntry entry) =>
        _banks.ToDictionary(bank => bank, bank => (ReadOnlyMemory<byte>)entry.ComputeExtendDigest(bank));
}

/// <summary>Values of one PCR in several banks; equal when all of them are.</summary>
internal sealed class PcrValues(IEnumerable<(TpmAlgorithm Bank, byte[] Value)> values) : IEquatable<PcrValues>
{
    private readonly (TpmAlgorithm Bank, byte[] Value)[] _values = [.. values.OrderBy(value => value.Bank)];

    public ReadOnlySpan<byte> this[TpmAlgorithm bank] => _values.First(value => value.Bank == bank).Value;

    public bool Equals(PcrValues? other) => other is not null && _values.Length == other._values.Length
        && _values.Zip(other._values).All(pair => pair.First.Bank == pair.Second.Bank && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));

    public override bool Equals(object? obj) => Equals(obj as PcrValues);

    public override int GetHashCode() => _values[0].Value[0];

    /// <summary>For people: <c>sha256:1234…</c> per bank.</summary>
    public override string ToString() => string.Join(' ', _values.Select(value => $"{value.Bank.ToHashName()}:{Convert.ToHexStringLower(value.Value)}"));
}
