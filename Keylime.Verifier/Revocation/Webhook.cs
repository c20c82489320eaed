using System.Net;
using System.Net.Http.Headers;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Revocation;

/// <summary>Posts messages to <c>webhook_url</c>, with our client certificate.</summary>
internal sealed class Webhook(Uri url, SocketsHttpHandler handler, AttestationOptions options) : IRevocationHook, IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http = new(handler) { Timeout = options.RequestTimeout };

    public async Task<string?> TryPostAsync(string payload, CancellationToken ct)
    {
        try
        {
            using var content = new StringContent(payload, Json);
            using var response = await _http.PostAsync(url, content, ct);
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return "it did not answer in time";
        }
    }

    public void Dispose() => _http.Dispose();
}
