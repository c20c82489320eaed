using Keylime.Tpm.Commands;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>Quotes and PCRs inside a batch.</summary>
internal static class QuoteOperations
{
    // A PCR may be extended between the quote and the reading of values, by IMA for one: then both are taken again.
    private const int MaxQuotes = 5;

    public static async Task<TpmQuote> QuoteAsync(this TpmBatch batch, uint key, QuoteRequest request, CancellationToken cancellation)
    {
        if (request.BoundData is { } digests)
        {
            await batch.ExecuteAsync(new PcrResetCommand(QuoteRequest.DataPcr, Authorization.Password()), cancellation);
            await batch.ExecuteAsync(new PcrExtendCommand(QuoteRequest.DataPcr, Authorization.Password(), digests), cancellation);
        }
        var command = new QuoteCommand(key, Authorization.Password(), request.QualifyingData, KeyScheme.Null, request.Pcrs);
        for (var attempt = 0; attempt < MaxQuotes; attempt++)
        {
            var quoted = await batch.ExecuteAsync(command, cancellation);
            var pcrs = await batch.ReadPcrsAsync(request.Pcrs, cancellation);
            if (!Attest.TryParse(quoted.Attest.Span, out var attest, out var error))
                throw new TpmUnavailableException($"The TPM signed what is no quote: {error}");
            if (attest.Quote is { } quote
                && PcrSelection.SamePcrs(quote.Pcrs, pcrs.Selections)
                && quote.PcrDigest.Span.SequenceEqual(pcrs.ComputeDigest(quoted.Signature.Hash)))
                return new(quoted.Attest, quoted.Signature, pcrs);
        }
        throw new TpmUnavailableException($"PCRs changed during {MaxQuotes} quotes in a row");
    }

    /// <summary>Reads any number of PCRs, in as many commands as the TPM needs.</summary>
    public static async Task<PcrBlob> ReadPcrsAsync(
        this TpmBatch batch, IReadOnlyList<PcrSelection> wanted, CancellationToken cancellation)
    {
        var missing = wanted.ToArray();
        var read = new Dictionary<(TpmAlgorithm, int), PcrValue>();
        while (missing.Any(selection => selection.Mask != 0))
        {
            var response = await batch.ExecuteAsync(new PcrReadCommand(missing), cancellation);
            foreach (var value in response.Values) read[(value.Bank, value.Pcr)] = value;
            var rest = missing.Select(selection => selection with { Mask = WithoutRead(selection) }).ToArray();
            // A bank that is not active gives nothing, and the quote covers nothing of it either.
            if (rest.SequenceEqual(missing)) break;
            missing = rest;
        }
        var selections = wanted.Zip(missing, (all, none) => all with { Mask = all.Mask & ~none.Mask }).ToArray();
        return new(selections, [.. selections.SelectMany(selection => selection.Pcrs, (selection, pcr) => read[(selection.Bank, pcr)])]);

        uint WithoutRead(PcrSelection selection) =>
            selection.Pcrs.Where(pcr => !read.ContainsKey((selection.Bank, pcr))).Aggregate(0u, (mask, pcr) => mask | 1u << pcr);
    }
}
