using Keylime.Attestation.Ima;
using Keylime.Tpm;
using Keylime.Tpm.Devices;
using Keylime.Tpm.Structures;

namespace Keylime.ImaMeasurer;

/// <summary>Keeps one machine's list and PCR 10 in step with its folder.</summary>
/// <remarks>
/// The order is the kernel's: first the list, then the PCR. A verifier takes a list that is ahead of the quote, because the entries after the quoted value
/// explain what is coming; a list that is behind cannot explain the PCR and fails the machine. An agent quotes first and reads the list afterwards, so with the
/// entry in the list before the PCR moves, every quote finds its list complete.
/// After a crash between the two, or an answer of the TPM that got lost, the list is one entry ahead. That is seen at the next look at PCR 10 and made up for:
/// each round begins by comparing the two, so nothing is ever extended twice.
/// </remarks>
internal sealed class MachineMeasurer(Machine machine, TpmDevice tpm, TextWriter output)
{
    /// <summary>The kernel's boot aggregate covers PCR 0 to 9 (since 5.8).</summary>
    private const uint BootPcrs = (1u << 10) - 1;

    private readonly MeasuredFolder _folder = new(machine.Root);
    private readonly Queue<ImaNgEntry> _waiting = new();
    private PcrBanks? _banks;
    private MeasurementList? _list;

    /// <summary>Whether a round would have nothing to do, as far as can be told without the TPM.</summary>
    public bool IsIdle => _list is not null && _waiting.Count == 0 && !_folder.HasChanged();

    /// <summary>Measures what changed since the last call. A TPM that is away or busy leaves the rest for the next one.</summary>
    /// <exception cref="ListDisagreesException">PCR 10 is not what the list leads to.</exception>
    /// <exception cref="TpmUnavailableException">The TPM does not answer.</exception>
    public async Task MeasureAsync(CancellationToken stop)
    {
        await AgreeAsync(stop);
        foreach (var file in _folder.FindChanged()) _waiting.Enqueue(ImaNgEntry.Create(TpmAlgorithm.Sha256, file.Sha256, file.Name));
        while (_waiting.TryPeek(out var entry))
        {
            await RecordAsync(entry, stop);
            _waiting.Dequeue();
        }
    }

    private async Task RecordAsync(ImaNgEntry entry, CancellationToken stop)
    {
        if (_list!.Knows(entry)) return;
        _list.Append(entry);
        await ExtendAsync(entry, stop);
        await output.WriteLineAsync($"{machine.Name}: measured {entry.Name} {entry.DigestText}");
    }

    private Task ExtendAsync(ImaNgEntry entry, CancellationToken stop) => tpm.ExtendPcrAsync(ImaNgEntry.Pcr, _banks!.DigestsOf(entry), stop);

    /// <summary>Compares PCR 10 with the list, and brings both together where that is safe.</summary>
    private async Task AgreeAsync(CancellationToken stop)
    {
        _banks ??= new(await tpm.ReadActiveBanksAsync(stop));
        _list ??= MeasurementList.Load(machine.ListFile, _banks);
        var present = _banks.Take(await tpm.ReadPcrsAsync(_banks.Select(1u << ImaNgEntry.Pcr), stop), ImaNgEntry.Pcr);
        if (present.Equals(_list.Replayed) && _list.Last is not null) return;
        if (present.Equals(_banks.Zero())) await BeginAsync(stop);
        else if (present.Equals(_list.BeforeLast)) await ExtendAsync(_list.Last!, stop);
        else throw Disagreement(present);
    }

    /// <summary>PCR 10 as after a start: the machine was started, and with it begins a new list.</summary>
    private async Task BeginAsync(CancellationToken stop)
    {
        var first = await AggregateBootAsync(stop);
        _list = MeasurementList.Begin(machine.ListFile, _banks!);
        _folder.Forget();
        _waiting.Clear();
        await RecordAsync(first, stop);
    }

    /// <summary>The kernel's first entry. A verifier that gets no boot log finds its digest in the runtime policy, under this name, or fails the machine.</summary>
    private async Task<ImaNgEntry> AggregateBootAsync(CancellationToken stop)
    {
        if (!_banks!.All.Contains(TpmAlgorithm.Sha256)) throw new ListDisagreesException($"{machine.Name}: its TPM has no SHA-256 bank");
        var boot = await tpm.ReadPcrsAsync([new PcrSelection(TpmAlgorithm.Sha256, BootPcrs)], stop);
        return ImaNgEntry.Create(TpmAlgorithm.Sha256, boot.ComputeDigest(TpmAlgorithm.Sha256), ImaNgEntry.BootAggregateName);
    }

    private ListDisagreesException Disagreement(PcrValues present) => new(
        $"{machine.Name}: PCR 10 is {present}, but {machine.ListFile} leads to {_list!.Replayed}. Another program extends this TPM, or the list is another machine's. Restart the TPM to begin anew");
}
