using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation;
using Keylime.Attestation.Quotes;
using Keylime.Protocol.V2;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence quote check</c>: signature, structure, nonce, PCR selection and PCR digest of a quote.</summary>
internal static class CheckQuote
{
    private static readonly Option<string?> Quote = new("--quote") { Description = "The quote as agents send it: r, then base64 of the three parts, joined by colons", HelpName = "FILE" };
    private static readonly Option<string?> AttestFile = new("--attest") { Description = "TPMS_ATTEST, binary or base64", HelpName = "FILE" };
    private static readonly Option<string?> SignatureFile = new("--signature") { Description = "TPMT_SIGNATURE, binary or base64", HelpName = "FILE" };
    private static readonly Option<string?> PcrsFile = new("--pcrs") { Description = "PCR values in the serialized form of tpm2-tools, binary or base64", HelpName = "FILE" };
    private static readonly Option<string> Key = CreateKeyOption();
    private static readonly NonceOptions Nonce = new();

    public static EvidenceVerb Create()
    {
        var command = new Command("check", "Whether a TPM made this quote, with this key, for this nonce, over these PCR values") { Quote, AttestFile, SignatureFile, PcrsFile, Key };
        command.Validators.Add(result =>
        {
            var parts = new[] { AttestFile, SignatureFile, PcrsFile }.Count(part => result.GetResult(part) is not null);
            if (result.GetResult(Quote) is null ? parts != 3 : parts != 0) result.AddError("--quote, or --attest with --signature and --pcrs, is required");
        });
        Nonce.AddTo(command);
        return new(command, Check);
    }

    private static EvidenceResult Check(ParseResult arguments)
    {
        var (attest, signature, pcrs) = arguments.GetValue(Quote) is { } wire
            ? ReadWire(wire)
            : (InputFile.ReadBinary(arguments.GetValue(AttestFile)!), InputFile.ReadBinary(arguments.GetValue(SignatureFile)!), InputFile.ReadBinary(arguments.GetValue(PcrsFile)!));
        using var key = ReadKey(arguments.GetValue(Key)!, out _);
        return VerifiedQuote.TryVerify(attest.Span, signature.Span, pcrs.Span, key, Nonce.Read(arguments).Span, out var quote, out var fault)
            ? EvidenceResult.Judge([], Describe(quote))
            : EvidenceResult.Judge([AttestationFailure.InvalidQuote(fault)], new() { ["check"] = fault.Check.ToString() });
    }

    private static (ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>) ReadWire(string path)
    {
        var response = new QuoteResponse { Quote = InputFile.ReadText(path).Trim(), HashAlg = "", EncAlg = "", SignAlg = "" };
        return Attestation.Evidence.TryRead(response, out var evidence, out var failure)
            ? (evidence.Attest, evidence.Signature, evidence.Pcrs)
            : throw new UserErrorException($"{path}: {failure.Detail}");
    }

    public static Option<string> CreateKeyOption() => new("--ak") { Description = "Attestation key: TPM2B_PUBLIC, binary or base64, or PEM", HelpName = "FILE", Required = true };

    public static AttestationKey ReadKey(string path, out PublicArea area)
    {
        const ObjectAttributes Needed = ObjectAttributes.Sign | ObjectAttributes.Restricted;
        area = KeyFile.ReadAreaOrPem(path, ObjectAttributes.AttestationKey);
        // As at the verifier: an unrestricted key signs whatever it is asked to, a made-up quote included.
        if ((area.Attributes & Needed) != Needed) throw new UserErrorException($"{path}: is not a restricted signing key");
        return AttestationKey.TryCreate(area, out var key) ? key : throw new UserErrorException($"{path}: is a key of a kind that cannot be used here");
    }

    public static JsonObject Describe(VerifiedQuote quote)
    {
        var pcrs = quote.Pcrs.Select(pcr => new JsonObject { ["bank"] = pcr.Bank.ToHashName(), ["pcr"] = pcr.Pcr, ["value"] = Convert.ToHexStringLower(pcr.Value.Span) });
        return new()
        {
            ["hash"] = quote.Hash.ToHashName(),
            ["clock"] = quote.Clock.ClockMilliseconds,
            ["resetCount"] = quote.Clock.ResetCount,
            ["restartCount"] = quote.Clock.RestartCount,
            ["safe"] = quote.Clock.Safe,
            ["firmwareVersion"] = $"{quote.FirmwareVersion:x16}",
            ["pcrs"] = new JsonArray([.. pcrs]),
        };
    }
}
