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
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(payload, Json) };
            // Whatever else it answers is not read: it could be endless.
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return "it did not answer in time";
        }
        // The handler lets more through than it says it does, such as the socket's own exceptions. Whatever it is, the message was not taken.
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return e.Message;
        }
    }

    public void Dispose() => _http.Dispose();
}
