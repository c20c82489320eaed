using System.Diagnostics.CodeAnalysis;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Ima.DeviceMapper;

namespace Keylime.Attestation;

/// <summary>What one appraisal leaves to the next: the TPM's clock and the position in the IMA list. Immutable.</summary>
public sealed record AppraisalState
{
    /// <summary>Nothing known yet.</summary>
    public static AppraisalState Initial { get; } = new();

    /// <summary>TPM clock of the last good quote; null before the first.</summary>
    public ClockState? Clock { get; init; }
    /// <summary>Where the machine's boot was reported to be, Unix seconds; 0 when the agent does not say.</summary>
    public long BootTime { get; init; }
    /// <summary>Fingerprint of the measured-boot policy that accepted this boot; null for none, or when none is to be remembered.</summary>
    public ulong? AcceptedBoot { get; init; }
    /// <summary>How far the IMA list is replayed; null at its beginning.</summary>
    public ImaPosition? Ima { get; init; }

    /// <summary>First IMA entry that the next request should ask for (<c>ima_ml_entry</c>).</summary>
    public long NextImaEntry => Ima?.NextEntry ?? 0;

    /// <summary>Encodes the state for storage: at most <see cref="AppraisalStateFormat.MaxFixedBytes"/> bytes, per learned key its length and six,
    /// and per block device its name, its rule's, its table's hash and seven. Big-endian, versioned.</summary>
    public byte[] Write() => AppraisalStateFormat.Write(this);

    /// <summary>Decodes <see cref="Write"/>'s bytes. Empty bytes are the initial state. False: not an encoding that this version knows.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out AppraisalState? state) =>
        AppraisalStateFormat.TryParse(source, out state);
}

/// <summary>TPMS_CLOCK_INFO of a good quote.</summary>
/// <param name="ClockMilliseconds">Time that the TPM was powered, in milliseconds.</param>
/// <param name="ResetCount">Boots.</param>
/// <param name="RestartCount">Resumptions since the last boot.</param>
/// <param name="Safe">False when the machine lost power and the clock has not yet passed its last saved value.</param>
public readonly record struct ClockState(ulong ClockMilliseconds, uint ResetCount, uint RestartCount, bool Safe);

/// <summary>A prefix of the IMA list that was found to be the quoted state of PCR 10.</summary>
/// <param name="NextEntry">0-based number of the first entry after the prefix.</param>
/// <param name="PcrValue">PCR 10 after the prefix; its length tells the bank.</param>
/// <param name="Lag">Entries that were sent but lay behind the quoted state.</param>
public sealed record ImaPosition(long NextEntry, ReadOnlyMemory<byte> PcrValue, int Lag)
{
    /// <summary>Whether the kernel is one from before Linux 5.8, which extends every bank with the SHA-1 template hash, zero-padded.</summary>
    public bool PadsSha1 { get; init; }
    /// <summary>Keys that the prefix added to trusted key rings.</summary>
    public ImaKeyring LearnedKeys { get; init; } = ImaKeyring.Empty;

    /// <summary>Block devices that the prefix set up, for policies that have rules for them.</summary>
    public DeviceMapperState Devices { get; init; } = DeviceMapperState.Empty;

    /// <summary>Compares by content.</summary>
    public bool Equals(ImaPosition? other) =>
        other is not null && NextEntry == other.NextEntry && Lag == other.Lag && PadsSha1 == other.PadsSha1 && PcrValue.Span.SequenceEqual(other.PcrValue.Span)
        && LearnedKeys.Keys.Select(key => key.Id).SequenceEqual(other.LearnedKeys.Keys.Select(key => key.Id))
        && Devices.Devices.SequenceEqual(other.Devices.Devices);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NextEntry, Lag, PcrValue.Length);
}
