using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence policy validate</c>: whether the verifier would take a policy.</summary>
internal static class ValidatePolicy
{
    public static EvidenceVerb Create()
    {
        var file = new Option<string>("--policy") { Description = "The policy; a runtime policy may be in its signed envelope", HelpName = "FILE", Required = true };
        var kind = new Option<string>("--kind") { Description = "What it is: runtime, measured-boot or tpm (default: runtime)", HelpName = "KIND", DefaultValueFactory = _ => "runtime" };
        kind.AcceptOnlyFromAmong("runtime", "measured-boot", "tpm");
        var engine = AppraiseBootLog.CreateEngineOption();
        return new(new Command("validate", "Whether a text is a policy; a fault is named with its place") { file, kind, engine }, arguments =>
        {
            var (path, details) = (arguments.GetValue(file)!, new JsonObject { ["kind"] = arguments.GetValue(kind) });
            var fault = arguments.GetValue(kind) switch
            {
                "measured-boot" => MeasuredBootPolicy.TryParse(InputFile.ReadText(path), arguments.GetValue(engine), out _, out var found) ? null : found,
                "tpm" => TpmPolicy.TryParse(InputFile.ReadText(path), out _, out var found) ? null : found,
                _ => ValidateRuntimePolicy(InputFile.Read(path), details),
            };
            return EvidenceResult.JudgeFault(fault is null ? null : FailureJson.Of(fault), details);
        });
    }

    private static PolicyFault? ValidateRuntimePolicy(ReadOnlyMemory<byte> text, JsonObject details)
    {
        details["signed"] = DsseEnvelope.IsEnvelope(text.Span);
        if (DsseEnvelope.IsEnvelope(text.Span))
        {
            if (!DsseEnvelope.TryParse(text, out var envelope, out var broken)) return broken;
            text = envelope.Payload;
        }
        if (!RuntimePolicy.TryCompile(text.Span, out var policy, out var fault)) return fault;
        details["paths"] = policy.PathCount;
        details["generator"] = policy.Generator;
        return null;
    }
}
