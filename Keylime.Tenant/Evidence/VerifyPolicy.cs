using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence policy verify</c>: whether a key signed a runtime policy, and whether it is one.</summary>
internal static class VerifyPolicy
{
    public static EvidenceVerb Create()
    {
        var file = new Option<string>("--policy") { Description = "Signed envelope", HelpName = "FILE", Required = true };
        var key = new Option<string>("--key") { Description = "Public EC key or certificate, PEM", HelpName = "FILE", Required = true };
        return new(new Command("verify", "Verify the signature of a runtime policy") { file, key }, arguments =>
        {
            var pem = InputFile.ReadText(arguments.GetValue(key)!);
            if (!System.Security.Cryptography.PemEncoding.TryFind(pem, out _)) throw new UserErrorException($"{arguments.GetValue(key)}: is not PEM");
            var fault = Verify(InputFile.Read(arguments.GetValue(file)!), pem);
            return EvidenceResult.JudgeFault(fault is null ? null : FailureJson.Of(fault), new JsonObject());
        });
    }

    private static PolicyFault? Verify(byte[] text, string pem)
    {
        if (!DsseEnvelope.TryParse(text, out var envelope, out var fault)) return fault;
        if (!envelope.IsSignedBy(pem)) return new("$.signatures", "none is the given key's");
        return RuntimePolicy.TryCompile(envelope.Payload.Span, out _, out fault) ? null : fault with { Path = $"$.payload: {fault.Path}" };
    }
}
