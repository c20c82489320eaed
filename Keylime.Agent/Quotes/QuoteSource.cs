using System.Text;
using Keylime.Agent.Identity;
using Keylime.Tpm;
using Keylime.Tpm.Devices;
using Keylime.Tpm.Structures;

namespace Keylime.Agent.Quotes;

/// <summary>Quotes of this machine's PCRs, bound to its payload key.</summary>
internal sealed partial class QuoteSource(TpmDevice tpm, TpmAttestationKey key, AgentIdentity identity, QuoteMetrics metrics, TimeProvider time, ILogger<QuoteSource> logger) : IDisposable
{
    // One quote at a time. Behind a resource manager the TPM may take commands of others in between, and another quote's reset of PCR 16
    // between our extend and our quote would make the quote look forged.
    private readonly SemaphoreSlim _turn = new(1);

    private readonly Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> _binding = new()
    {
        [identity.Algorithms.Hash] = identity.Algorithms.Hash.HashData(Encoding.UTF8.GetBytes(identity.PayloadKey.PublicPem)),
    };

    /// <summary>The quote in Keylime's wire form; null when the TPM gives none now. The next request tries again from the start.</summary>
    public async Task<string?> QuoteAsync(string nonce, uint mask, CancellationToken ct)
    {
        var pcrs = new PcrSelection(identity.Algorithms.Hash, mask | 1u << QuoteRequest.DataPcr);
        await _turn.WaitAsync(ct);
        try
        {
            var start = time.GetTimestamp();
            var quote = await tpm.QuoteAsync(key, new(Encoding.ASCII.GetBytes(nonce), [pcrs]) { BoundData = _binding }, ct);
            metrics.Quoted(time.GetElapsedTime(start));
            return Encode(quote);
        }
        catch (Exception e) when (e is TpmUnavailableException or TpmCommandException)
        {
            metrics.Failed();
            LogFailed(e);
            return null;
        }
        finally { _turn.Release(); }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The letter stands for TPM 2.0.</summary>
    private static string Encode(TpmQuote quote) =>
        $"r{Convert.ToBase64String(quote.Attest.Span)}:{Convert.ToBase64String(quote.Signature.ToBytes())}:{Convert.ToBase64String(quote.Pcrs.ToBytes())}";

    [LoggerMessage(EventIds.QuoteFailed, LogLevel.Error, "The TPM gives no quote")]
    private partial void LogFailed(Exception cause);
}
