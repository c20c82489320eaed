using System.Buffers;
using System.Text;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Ima.DeviceMapper;
using Keylime.Attestation.Policies.DeviceMapper;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Judges an IMA list: replays it to the quoted PCR 10 and holds every entry against the runtime policy. Allocates nothing per entry.</summary>
internal sealed class ImaAppraisal
{
    /// <summary>The PCR that IMA extends.</summary>
    public const int Pcr = 10;

    /// <summary>More failures tell nothing new, and a hostile list has them by the million.</summary>
    private const int MaxFailures = 1000;

    /// <summary>Name of the first entry, which no file stands for.</summary>
    private static ReadOnlySpan<byte> BootAggregate => "boot_aggregate"u8;

    private readonly RuntimePolicy? _policy;
    private readonly bool _violationsFail;
    private readonly ImaKeyring _givenKeys;
    private readonly IReadOnlyList<byte[]> _bootAggregates;
    private readonly Findings _findings;
    private readonly ExpressionBudget _budget;
    private readonly DeviceMapperAppraisal? _devices;
    private readonly long _first;
    private ImaKeyring _learnedKeys;
    private long _number;

    private ImaAppraisal(ImaRules rules, ImaPosition? start, Findings findings)
    {
        (_policy, _violationsFail, _givenKeys, _bootAggregates, _findings, _budget) = (rules.Policy, rules.ViolationsFail, rules.Keys, rules.BootAggregates, findings, rules.Budget);
        _learnedKeys = start?.LearnedKeys ?? ImaKeyring.Empty;
        _first = _number = start?.NextEntry ?? 0;
        _devices = rules.Policy?.DeviceMapperPolicy is { } devices ? new(devices, start?.Devices ?? DeviceMapperState.Empty, rules.Budget) : null;
    }

    /// <summary>Appraises a list that begins at <paramref name="start"/> (null: at the boot).</summary>
    /// <param name="log">The list.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="bank">Bank of the PCR value.</param>
    /// <param name="quoted">Quoted value of PCR 10.</param>
    /// <param name="rules">What it is judged by.</param>
    /// <param name="findings">Where failures go.</param>
    /// <param name="reached">How far the boot's list was seen before, for one that is sent from its beginning again; null for <paramref name="start"/>.</param>
    /// <returns>The position after the prefix that the quote covers; null when anything failed, and everything must be seen again.</returns>
    public static ImaPosition? Appraise(
        ReadOnlySpan<byte> log, ImaPosition? start, TpmAlgorithm bank, ReadOnlySpan<byte> quoted, ImaRules rules, Findings findings, ImaPosition? reached = null)
    {
        reached ??= start;
        var failuresBefore = findings.FailureCount;
        Span<byte> replayed = stackalloc byte[TpmHash.MaxDigestBytes];
        var appraisal = new ImaAppraisal(rules, start, findings);
        var next = appraisal.Replay(log, start, bank, quoted, start?.PadsSha1 ?? false, replayed);
        // Which kernel it is shows with its first quote. The entries were judged already; what this pass finds is only where the quote stands.
        if (next is null && start is null && bank != TpmAlgorithm.Sha1)
            next = new ImaAppraisal(rules, null, new Findings()).Replay(log, null, bank, quoted, padsSha1: true, stackalloc byte[TpmHash.MaxDigestBytes]);
        // The rest of the list was not looked at: whether it leads to the quote nobody knows.
        if (rules.Budget.SpentBy is { } member) findings.Fail(AttestationFailure.ImaExpressionsTooSlow(member));
        else if (next is null) findings.Fail(AttestationFailure.ImaPcrMismatch(appraisal._number - appraisal._first, quoted, replayed[..bank.DigestBytes()]));
        // An agent may be a little ahead of its quote, but what lay ahead at the last one must be behind this one.
        else if (reached is not null && next.Lag > 0 && next.NextEntry - reached.NextEntry < reached.Lag)
            findings.Fail(AttestationFailure.ImaNoProgress((int)(next.NextEntry - reached.NextEntry), reached.Lag));
        // A kernel without IMA leaves PCR 10 alone, and every policy is content with an empty list.
        else if (next.NextEntry == 0 && rules.Policy is { IsSet: true }) findings.Fail(AttestationFailure.NothingMeasured());
        return findings.FailureCount == failuresBefore ? next : null;
    }

    /// <summary>Judges the entries and looks for the prefix that is the quoted state; null when there is none.</summary>
    private ImaPosition? Replay(
        ReadOnlySpan<byte> log, ImaPosition? start, TpmAlgorithm bank, ReadOnlySpan<byte> quoted, bool padsSha1, Span<byte> replayed)
    {
        var replay = new ImaReplay(bank, _policy?.LogHash ?? TpmAlgorithm.Sha1, padsSha1,
            start is null ? default : start.PcrValue.Span, stackalloc byte[ImaReplay.ScratchBytes]);
        // Several prefixes cannot have the same value, so the first that matches is the quoted state. What follows is ahead of the quote:
        // it is judged as well, and will be sent again.
        var matched = replay.Value.SequenceEqual(quoted) ? 0 : -1L;
        var (quotedKeys, quotedDevices) = (_learnedKeys, _devices?.State);
        var scratch = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            var reader = new ImaLogReader(log);
            for (; _findings.FailureCount < MaxFailures && !_budget.IsSpent && reader.TryRead(out var line); _number++)
            {
                EnsureScratch(ref scratch, line.Length);
                AppraiseLine(line, scratch, ref replay);
                if (matched >= 0 || !replay.Value.SequenceEqual(quoted)) continue;
                // Keys measured later are used to judge what came with them, and learned for good when a quote covers them.
                (matched, quotedKeys, quotedDevices) = (_number - _first + 1, _learnedKeys, _devices?.State);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
            replay.Dispose();
        }
        replay.Value.CopyTo(replayed);
        if (matched < 0) return null;
        return new(_first + matched, quoted.ToArray(), (int)Math.Min(_number - _first - matched, int.MaxValue)) { PadsSha1 = padsSha1, LearnedKeys = quotedKeys, Devices = quotedDevices ?? DeviceMapperState.Empty };
    }

    private void AppraiseLine(ReadOnlySpan<byte> line, Span<byte> scratch, ref ImaReplay replay)
    {
        if (!ImaEntry.TryParse(line, scratch, out var entry, out var fault))
        {
            Fail(AttestationFailure.ImaEntryMalformed(_number, fault!));
            return;
        }
        if (entry.Pcr != Pcr) Fail(AttestationFailure.ImaWrongPcr(_number, entry.Pcr));
        if (entry.IsViolation)
        {
            replay.ExtendViolation();
            if (_violationsFail) Fail(AttestationFailure.ImaViolation(_number, entry.Name));
        }
        else if (!replay.Extend(entry)) Fail(AttestationFailure.ImaTemplateHash(_number, entry.Name));
        else if (entry.Template.HasBuffer) AppraiseBuffer(entry);
        else AppraiseFile(entry);
    }

    private void AppraiseFile(in ImaEntry entry)
    {
        var isSigned = !entry.Signature.IsEmpty && ImaSignature.TryParse(entry, out var signature)
            && (_givenKeys.Verifies(signature, entry.Digest) || _learnedKeys.Verifies(signature, entry.Digest));
        if (isSigned || IsSignedByMetadata(entry)) return;
        if (_policy is not null) Match(_policy, _policy.Files, entry);
        // By keys alone, what a kernel shows signatures of must have one. boot_aggregate is no file.
        else if (_givenKeys.Count > 0 && entry.Template.HasSignature && !entry.Name.SequenceEqual(BootAggregate)) Fail(AttestationFailure.InvalidSignature(_number, entry.Name));
    }

    private bool IsSignedByMetadata(in ImaEntry entry) => !entry.Metadata.Signature.IsEmpty
        && (_givenKeys.Verifies(entry.Metadata, entry.HashName, entry.Digest) || _learnedKeys.Verifies(entry.Metadata, entry.HashName, entry.Digest));

    private void AppraiseBuffer(in ImaEntry entry)
    {
        if (_policy is null) return;
        var isDevice = _devices is not null && DeviceMapperEvent.IsKind(entry.Name);
        // The digest is what the policy lists; the buffer beside it is the agent's word until it hashes to that.
        if (!entry.BufferHasDigest()) Fail(isDevice
            ? AttestationFailure.DeviceMapperDigest(_number, Encoding.UTF8.GetString(entry.Name), Convert.ToHexStringLower(entry.Digest))
            : AttestationFailure.ImaBufferDigest(_number, entry.Name, entry.Digest));
        else if (ImaKey.Read(entry.Buffer, out var key) is var kind && kind != ImaKeyKind.None) AppraiseKey(_policy, entry, kind, key);
        else if (isDevice) AppraiseDevice(entry);
        else Match(_policy, _policy.Buffers, entry);
    }

    private void AppraiseDevice(in ImaEntry entry)
    {
        var digest = $"{Encoding.UTF8.GetString(entry.HashName)}:{Convert.ToHexStringLower(entry.Digest)}";
        foreach (var failure in _devices!.Appraise(_number, Encoding.UTF8.GetString(entry.Name), entry.Buffer, digest)) Fail(failure);
    }

    private void AppraiseKey(RuntimePolicy policy, in ImaEntry entry, ImaKeyKind kind, ImaKey? key)
    {
        if (policy.IgnoresKeyring(entry.Name)) return;
        if (kind == ImaKeyKind.Unsupported) Fail(AttestationFailure.InvalidKey(_number, entry.Name));
        // A ring that is excluded is not judged; only a key that somebody listed may vouch for files.
        else if (Match(policy, policy.Keyrings, entry) == DigestMatch.Listed) _learnedKeys = _learnedKeys.With(key!);
    }

    private DigestMatch Match(RuntimePolicy policy, DigestTable table, in ImaEntry entry)
    {
        var match = table.Match(entry.Name, entry.Digest);
        // Exclusion has the last word as in Keylime; it is asked last because it costs most and seldom matters.
        if (match == DigestMatch.Listed || policy.Excludes.Excludes(entry.Name, _budget) || IsBootAggregate(entry)) return match;
        Fail(match == DigestMatch.UnknownName
            ? AttestationFailure.FileNotInPolicy(_number, entry.Name, entry.Digest)
            : AttestationFailure.FileDigestNotInPolicy(_number, entry.Name, entry.Digest, table.Describe(entry.Name)));
        return match;
    }

    private bool IsBootAggregate(in ImaEntry entry)
    {
        if (_bootAggregates.Count == 0 || !entry.Name.SequenceEqual(BootAggregate)) return false;
        foreach (var aggregate in _bootAggregates)
            if (entry.Digest.SequenceEqual(aggregate)) return true;
        return false;
    }

    /// <summary>What did not match for want of time is no failure of the machine: there is another one for that.</summary>
    private void Fail(AttestationFailure failure)
    {
        if (!_budget.IsSpent) _findings.Fail(failure);
    }

    private static void EnsureScratch(ref byte[] scratch, int lineBytes)
    {
        if (scratch.Length >= ImaEntry.ScratchBytes(lineBytes) || lineBytes > ImaEntry.MaxLineBytes) return;
        ArrayPool<byte>.Shared.Return(scratch);
        scratch = ArrayPool<byte>.Shared.Rent(ImaEntry.ScratchBytes(lineBytes));
    }
}
