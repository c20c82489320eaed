using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tenant.Policies;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence appraise</c>: all that an agent answered, by all policies and by what was known before; the verifier's whole judgement.</summary>
internal static class AppraiseEvidence
{
    private const uint ImaPcr = 1 << 10;

    public static EvidenceVerb Create()
    {
        var (answer, inputs) = (new AgentAnswer(), new AppraisalInputs());
        var command = new Command("appraise", "Judge an agent's whole answer: quote, clock, payload key, IMA list, boot log and PCR values");
        answer.AddTo(command);
        inputs.AddTo(command);
        return new(command, arguments =>
        {
            using var key = inputs.ReadKey(arguments, out var ak);
            var evidence = answer.Read(arguments, ak);
            var (runtime, boot) = (inputs.ReadRuntimePolicy(arguments), inputs.ReadMeasuredBootPolicy(arguments));
            var policy = new AppraisalPolicy
            {
                AttestationKey = key,
                TpmPolicy = ReadTpmPolicy(inputs.ReadTpmPolicy(arguments), runtime, boot),
                RuntimePolicy = runtime,
                ImaKeys = inputs.ReadImaKeys(arguments),
                MeasuredBootPolicy = boot,
                AcceptedAlgorithms = inputs.ReadAccepted(arguments),
                PayloadKeyRequired = evidence.PayloadPublicKey is not null,
                ViolationsFail = inputs.ViolationsFail(arguments),
            };
            var result = Appraiser.Appraise(evidence, policy, inputs.ReadState(arguments), inputs.ReadNonce(arguments), TimeProvider.System);
            var details = Describe(result);
            if (inputs.StateFile(arguments) is { } path) details["stateFile"] = OutputFile.Write(path, result.NextState.Write());
            return result.Verdict == Verdict.AskAgain ? EvidenceResult.Postpone(details) : EvidenceResult.Judge(result.Failures, details, result.FailureCount);
        });
    }

    /// <summary>What a policy is about must be quoted, as the tenant asks for it: a quote without PCR 10 would spare a machine its IMA list.</summary>
    private static TpmPolicy ReadTpmPolicy(string text, RuntimePolicy? runtime, MeasuredBootPolicy? boot)
    {
        var completed = TpmPolicyText.Parse(text);
        if (runtime is not null) completed.Include(ImaPcr);
        if (boot is { IsEmpty: false }) completed.Include(MeasuredBootEngines.AllPcrs);
        return TpmPolicy.TryParse(completed.ToJson(), out var policy, out var fault) ? policy : throw new UserErrorException($"--tpm-policy: {fault}");
    }

    private static JsonObject Describe(AttestationResult result)
    {
        var details = new JsonObject { ["payloadKeyBound"] = result.PayloadPublicKey is not null };
        if (result.Quote is { } quote)
        {
            var described = CheckQuote.Describe(quote);
            described.Remove("pcrs", out var pcrs);
            (details["quote"], details["pcrs"]) = (described, pcrs);
            if (result.NextState.Ima is { } ima)
                details["ima"] = new JsonObject { ["nextEntry"] = ima.NextEntry, ["entriesAhead"] = ima.Lag, ["padsSha1"] = ima.PadsSha1, ["learnedKeys"] = ima.LearnedKeys.Count, ["devices"] = ima.Devices.Known.Count };
        }
        var state = result.NextState.Write();
        details["nextImaEntry"] = result.NextState.NextImaEntry;
        details["stateBytes"] = state.Length;
        details["state"] = Convert.ToBase64String(state);
        return details;
    }
}
