using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Evidence;

/// <summary>Policies by which evidence is judged. A fault names the file and the member.</summary>
internal static class PolicyFile
{
    public static RuntimePolicy ReadRuntimePolicy(string path) =>
        RuntimePolicy.TryCompile(ReadPayload(path).Span, out var policy, out var fault) ? policy : throw new UserErrorException($"{path}: {fault}");

    public static MeasuredBootPolicy ReadMeasuredBootPolicy(string path, MeasuredBootEngine engine) =>
        MeasuredBootPolicy.TryParse(InputFile.ReadText(path), engine, out var policy, out var fault) ? policy : throw new UserErrorException($"{path}: {fault}");

    /// <summary>A policy's text, taken out of its envelope if it has one.</summary>
    public static ReadOnlyMemory<byte> ReadPayload(string path)
    {
        var text = InputFile.Read(path);
        if (!DsseEnvelope.IsEnvelope(text)) return text;
        return DsseEnvelope.TryParse(text, out var envelope, out var fault) ? envelope.Payload : throw new UserErrorException($"{path}: {fault}");
    }
}
