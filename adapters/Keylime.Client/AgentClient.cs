using System.Globalization;
using System.Text.Json;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Client;

/// <summary>One agent. Made by <see cref="AgentConnections.Agent"/>; as light as its address.</summary>
public sealed class AgentClient
{
    private readonly KeylimeEndpoint _endpoint;

    internal AgentClient(KeylimeEndpoint endpoint) => _endpoint = endpoint;

    public Task<Answer<AgentVersionResponse>> GetVersionAsync(CancellationToken ct) =>
        _endpoint.GetAsync("/version", KeylimeJson.Default.EnvelopeAgentVersionResponse, ct);

    /// <summary>A quote over PCR 16 alone, with the payload key.</summary>
    public Task<Answer<QuoteResponse>> GetIdentityQuoteAsync(ApiVersion version, string nonce, CancellationToken ct) =>
        _endpoint.GetAsync($"/v{version}/quotes/identity?nonce={Uri.EscapeDataString(nonce)}", KeylimeJson.Default.EnvelopeQuoteResponse, ct);

    public Task<Answer<QuoteResponse>> GetIntegrityQuoteAsync(ApiVersion version, IntegrityQuoteRequest request, CancellationToken ct) =>
        GetIntegrityQuoteAsync(version, request, null, ct);

    /// <summary>As above; a large answer waits for a place, and the time limit with it.</summary>
    public Task<Answer<QuoteResponse>> GetIntegrityQuoteAsync(ApiVersion version, IntegrityQuoteRequest request, AnswerPlace? place, CancellationToken ct) =>
        _endpoint.GetAsync(string.Create(CultureInfo.InvariantCulture,
            $"/v{version}/quotes/integrity?nonce={Uri.EscapeDataString(request.Nonce)}&mask={Uri.EscapeDataString(request.Mask)}&partial={(request.IsPartial ? 1 : 0)}&ima_ml_entry={request.ImaEntry}"),
            KeylimeJson.Default.EnvelopeQuoteResponse, ct, place);

    public Task<Answer<PublicKeyResponse>> GetPublicKeyAsync(ApiVersion version, CancellationToken ct) =>
        _endpoint.GetAsync($"/v{version}/keys/pubkey", KeylimeJson.Default.EnvelopePublicKeyResponse, ct);

    /// <summary>Asks the agent to prove that it has the payload key.</summary>
    public Task<Answer<VerifyKeyResponse>> VerifyKeyAsync(ApiVersion version, string challenge, CancellationToken ct) =>
        _endpoint.GetAsync($"/v{version}/keys/verify?challenge={Uri.EscapeDataString(challenge)}", KeylimeJson.Default.EnvelopeVerifyKeyResponse, ct);

    public Task<Answer<Nothing>> SendUKeyAsync(ApiVersion version, UKeyRequest request, CancellationToken ct) =>
        PostAsync($"/v{version}/keys/ukey", JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.UKeyRequest), ct);

    public Task<Answer<Nothing>> SendVKeyAsync(ApiVersion version, VKeyRequest request, CancellationToken ct) =>
        PostAsync($"/v{version}/keys/vkey", JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.VKeyRequest), ct);

    public Task<Answer<Nothing>> NotifyRevocationAsync(ApiVersion version, RevocationNotification notification, CancellationToken ct) =>
        PostAsync($"/v{version}/notifications/revocation", JsonSerializer.SerializeToUtf8Bytes(notification, KeylimeJson.Default.RevocationNotification), ct);

    // Shares and notices may come twice: the agent keeps all shares, and judges a notice by its signature.
    private Task<Answer<Nothing>> PostAsync(string path, byte[] json, CancellationToken ct) =>
        _endpoint.SendAsync(HttpMethod.Post, path, json, KeylimeJson.Default.EnvelopeNothing, Repeatable.Yes, ct);
}

/// <summary>What a verifier asks of an agent.</summary>
/// <param name="Nonce">20 letters and digits.</param>
/// <param name="Mask">PCRs in hex, <c>0x400</c>.</param>
/// <param name="IsPartial">True leaves the payload key out.</param>
/// <param name="ImaEntry">0-based number of the first IMA entry wanted.</param>
public sealed record IntegrityQuoteRequest(string Nonce, string Mask, bool IsPartial, long ImaEntry);
