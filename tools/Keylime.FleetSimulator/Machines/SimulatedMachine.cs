using System.Text;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Measurements;
using Keylime.FleetSimulator.Payload;
using Keylime.FleetSimulator.Quotes;
using Keylime.Protocol.V2;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.FleetSimulator.Machines;

/// <summary>A machine with its TPM: keys, PCRs, clock and measurements. Its quotes are real: signed, over the nonce that was asked for and the PCRs as they are.</summary>
internal sealed class SimulatedMachine(TpmKeys keys, PayloadKey payloadKey, MachineProfile profile, Func<uint, int> firstFileOfBoot, TimeProvider time)
{
    private const int ImaPcr = 10, PayloadPcr = 16, FirstDynamicPcr = 17, LastDynamicPcr = 22;
    private const ulong FirmwareVersion = 0x2026_0001_0000_0000;

    private static readonly ReadOnlyMemory<byte> s_ones = Enumerable.Repeat((byte)0xFF, 32).ToArray();

    private readonly Lock _gate = new();
    private long _bootedAt = time.GetTimestamp();
    private uint _resetCount = 1;
    private ulong _lastClock;
    private byte[] _lastNonce = Encoding.ASCII.GetBytes("0000000000");
    private MeasurementList _list = new(profile.Image, firstFileOfBoot(1));
    private long? _tampered;

    public TpmKeys Keys => keys;

    public PayloadKey PayloadKey => payloadKey;

    public MachineProfile Profile => profile;

    /// <summary>Starts the machine anew.</summary>
    public void Reboot()
    {
        lock (_gate)
        {
            _resetCount++;
            (_bootedAt, _lastClock, _tampered) = (time.GetTimestamp(), 0, null);
            _list = new(profile.Image, firstFileOfBoot(_resetCount));
        }
    }

    public Quote Quote(QuoteParameters parameters, Fault fault)
    {
        lock (_gate)
        {
            Measure(fault);
            var selection = new PcrSelection(TpmAlgorithm.Sha256, parameters.Mask | 1u << PayloadPcr);
            var pcrs = new PcrBlob([selection], [.. selection.Pcrs.Select(pcr => new PcrValue(TpmAlgorithm.Sha256, pcr, ValueOf(pcr)))]);
            var nonce = Encoding.ASCII.GetBytes(parameters.Nonce);
            var attest = new Attest(keys.QualifiedName, fault == Fault.WrongNonce ? _lastNonce : nonce, ReadClock(), FirmwareVersion)
            {
                Quote = new(pcrs.Selections, pcrs.ComputeDigest(TpmAlgorithm.Sha256)),
            }.ToBytes();
            // With the fault on, the nonce before the fault is answered again and again: never one that was asked for now.
            if (fault != Fault.WrongNonce) _lastNonce = nonce;
            var signature = keys.Sign(attest).ToBytes();
            if (fault == Fault.BadSignature) signature[^1] ^= 1;
            // The number after the last entry asks for what is new; a larger one, or none that a list could have, for the whole list.
            var first = parameters.FirstImaEntry is not { } entry ? _list.Count : entry > _list.Count ? 0 : entry;
            return new(attest, signature, pcrs.ToBytes(), _list, first, _list.Count, _tampered);
        }
    }

    private void Measure(Fault fault)
    {
        var count = profile.FirstEntries + 1 + (long)(profile.EntriesPerSecond * time.GetElapsedTime(_bootedAt).TotalSeconds);
        // What is hidden is a file that is measured now, so that there is something to hide however slowly the list grows.
        if (fault != Fault.TamperedEntry) _tampered = null;
        else if (_tampered is null) _tampered = Math.Max(count, _list.Count);
        _list.GrowTo(Math.Max(count, _tampered + 1 ?? 0));
    }

    private ReadOnlyMemory<byte> ValueOf(int pcr) => pcr switch
    {
        ImaPcr => _list.Pcr,
        PayloadPcr => payloadKey.Pcr,
        >= FirstDynamicPcr and <= LastDynamicPcr => s_ones,
        _ => profile.Boot.ValueOf(pcr),
    };

    /// <summary>Milliseconds since the boot. Never the same twice: a verifier takes a clock that stands still for a replay.</summary>
    private ClockInfo ReadClock()
    {
        _lastClock = Math.Max(_lastClock + 1, (ulong)time.GetElapsedTime(_bootedAt).TotalMilliseconds);
        return new(_lastClock, _resetCount, RestartCount: 0, Safe: true);
    }
}
