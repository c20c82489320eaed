using System.CommandLine;
using System.Text.Json;
using Keylime.Attestation;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary>What an agent answered to a request for a quote: its JSON, or the parts in files of their own.</summary>
internal sealed class AgentAnswer
{
    private readonly Option<string?> _answer = new("--answer") { Description = "The agent's answer to GET /quotes/integrity: JSON, with or without its envelope", HelpName = "FILE" };
    private readonly Option<string?> _quote = new("--quote") { Description = "In place of the answer: the quote as agents send it", HelpName = "FILE" };
    private readonly Option<string?> _imaLog = new("--ima-log") { Description = "With --quote: the IMA list", HelpName = "FILE" };
    private readonly Option<long?> _imaEntry = new("--ima-entry") { Description = "With --quote: number of the list's first entry (default: 0, the boot)", HelpName = "N" };
    private readonly Option<string?> _bootLog = new("--boot-log") { Description = "With --quote: the boot log, binary or base64", HelpName = "FILE" };
    private readonly Option<string?> _payloadKey = new("--payload-key") { Description = "With --quote: PEM of the payload key, which PCR 16 then must bind", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        Option[] parts = [_imaLog, _imaEntry, _bootLog, _payloadKey];
        foreach (var option in (Option[])[_answer, _quote, .. parts]) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_answer) is null == result.GetResult(_quote) is null) result.AddError("--answer or --quote is required");
            else if (result.GetResult(_answer) is not null && Array.Find(parts, part => result.GetResult(part) is not null) is { } part) result.AddError($"{part.Name} stands in the answer");
        });
    }

    /// <summary>The evidence; what cannot be decoded is no evidence yet, and is told by its file and member.</summary>
    public Attestation.Evidence Read(ParseResult arguments, PublicArea ak)
    {
        var path = arguments.GetValue(_answer) ?? arguments.GetValue(_quote)!;
        var response = arguments.GetValue(_answer) is not null ? ReadJson(path) : ReadParts(arguments, path, ak);
        return Attestation.Evidence.TryRead(response, out var evidence, out var failure) ? evidence : throw new UserErrorException($"{path}: {failure.Detail}");
    }

    private static QuoteResponse ReadJson(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(InputFile.Read(path));
            var root = document.RootElement;
            var text = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("results", out _) ? root.GetRawText() : $$"""{"code":200,"status":"","results":{{root.GetRawText()}}}""";
            return JsonSerializer.Deserialize(text, KeylimeJson.Default.EnvelopeQuoteResponse)?.Results ?? throw new UserErrorException($"{path}: results is empty");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{path}: is not an agent's answer: {e.Path} (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", e);
        }
        catch (InvalidOperationException e)
        {
            throw new UserErrorException($"{path}: holds a text that is not Unicode", e); // The JSON reader's word for half a surrogate pair, which its grammar allows.
        }
    }

    private QuoteResponse ReadParts(ParseResult arguments, string path, PublicArea ak)
    {
        var response = new QuoteResponse
        {
            Quote = InputFile.ReadText(path).Trim(),
            HashAlg = "",
            SignAlg = "",
            EncAlg = ak.KindName,
            ImaMeasurementList = arguments.GetValue(_imaLog) is { } ima ? InputFile.ReadText(ima) : null,
            ImaMeasurementListEntry = arguments.GetValue(_imaEntry),
            MbMeasurementList = arguments.GetValue(_bootLog) is { } boot ? Convert.ToBase64String(InputFile.ReadBinary(boot)) : null,
            Pubkey = arguments.GetValue(_payloadKey) is { } key ? InputFile.ReadText(key) : null,
        };
        // Nobody reported algorithms: they are those of the signature. One that cannot be read is refused for that, whatever stands here.
        return Attestation.Evidence.TryRead(response, out var evidence, out _) && Signature.TryParse(evidence.Signature.Span, out var signature, out _) && signature.Hash.IsHash()
            ? response with { HashAlg = signature.Hash.ToHashName(), SignAlg = signature.SchemeName }
            : response with { HashAlg = "sha256", SignAlg = "rsassa" };
    }
}
