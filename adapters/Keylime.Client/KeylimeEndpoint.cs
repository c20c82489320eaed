using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keylime.Protocol;

namespace Keylime.Client;

/// <summary>Sends requests to one of several equal servers and reads their envelopes.</summary>
internal sealed class KeylimeEndpoint(HttpMessageInvoker http, AddressList addresses, TimeSpan timeout, int maxAnswerBytes, string? hostHeader = null)
{
    private const int MaxMessageLength = 512;

    /// <summary>Longer than a busy server may take to tell its version; nobody waits for it.</summary>
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(3);

    // Statuses with which a proxy says that it reached no server, and a server that it cannot work now.
    private static bool MeansElsewhere(int? status) => status is 502 or 503 or 504;

    /// <summary>The same servers, asked in the order of somebody else's: of the agent that a request is about.</summary>
    public KeylimeEndpoint For(string seed) => new(http, addresses.For(seed), timeout, maxAnswerBytes, hostHeader);

    public Task<Answer<T>> GetAsync<T>(string path, JsonTypeInfo<Envelope<T>> type, CancellationToken ct, AnswerPlace? place = null) where T : class =>
        SendAsync(HttpMethod.Get, path, null, type, Repeatable.Yes, ct, place);

    /// <summary>Tries the addresses in order until one answers.</summary>
    public async Task<Answer<T>> SendAsync<T>(HttpMethod method, string path, byte[]? json, JsonTypeInfo<Envelope<T>> type, Repeatable repeatable, CancellationToken ct,
        AnswerPlace? place = null) where T : class
    {
        foreach (var address in addresses.TakeDueChecks()) _ = CheckAsync(address);
        Answer<T>? last = null;
        foreach (var address in addresses.Candidates())
        {
            var attempt = await AttemptAsync(address, method, path, json, type, place, ct);
            var isUnavailable = attempt.Answer.Fault == Fault.Transport || MeansElsewhere(attempt.Answer.Status);
            if (isUnavailable) addresses.ReportFailure(address);
            else addresses.ReportSuccess(address);
            last = attempt.Answer;
            // A request that may have been worked on is not sent again, unless doing it twice does no harm.
            if (!isUnavailable || (attempt.WasSent && repeatable == Repeatable.No)) break;
        }
        return last ?? throw new InvalidOperationException("The address list is empty.");
    }

    /// <summary>Asks a server that failed for its version, beside the request that goes to another one meanwhile: no request has to find out, perhaps
    /// by waiting, that it is still away.</summary>
    private async Task CheckAsync(Uri address)
    {
        using var limit = new CancellationTokenSource(CheckTimeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/version")) { Version = HttpVersion.Version11 };
            using var response = await http.SendAsync(request, limit.Token);
            if ((int)response.StatusCode < 500) addresses.ReportSuccess(address);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Still away, or we are ending. The next check is due by itself.
        }
    }

    private async Task<(Answer<T> Answer, bool WasSent)> AttemptAsync<T>(Uri address, HttpMethod method, string path, byte[]? json, JsonTypeInfo<Envelope<T>> type,
        AnswerPlace? place, CancellationToken ct) where T : class
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path)) { Version = HttpVersion.Version11 };
        if (hostHeader is not null) request.Headers.Host = hostHeader;
        if (json is not null) request.Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            return (await ReadAsync(response, type, place, limit), true);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (Unreachable<T>($"{address.Authority}: no answer within {timeout.TotalSeconds:0.#} s"), true);
        }
        catch (HttpRequestException e)
        {
            var neverConnected = e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
            return (Unreachable<T>($"{address.Authority}: {Innermost(e)}"), !neverConnected);
        }
        catch (IOException e)
        {
            return (Unreachable<T>($"{address.Authority}: {e.Message}"), true);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The handler looks for the address of a connection that it has just made, and does not wrap what it meets where the peer has reset it already.
            return (Unreachable<T>($"{address.Authority}: {e.Message}"), false);
        }
    }

    private async Task<Answer<T>> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<Envelope<T>> type, AnswerPlace? place, CancellationTokenSource limit)
        where T : class
    {
        var status = (int)response.StatusCode;
        var most = place is null ? maxAnswerBytes : AnswerLimits.Evidence;
        // The announced length is a peer's word: it saves copies, and no more memory is spent on it than that.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(response.Content.Headers.ContentLength + 1 ?? 8192, AnswerLimits.Small));
        try
        {
            var length = 0;
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            for (int read; (read = await stream.ReadAsync(buffer.AsMemory(length), limit.Token)) > 0;)
            {
                length += read;
                if (length > most) return new(status, $"answer is larger than {most} bytes", null, Fault.Malformed);
                if (length < buffer.Length) continue;
                if (length >= AnswerLimits.Small && place is not null) await TakeAsync(place, limit);
                Grow(ref buffer);
            }
            return Judge(status, response.ReasonPhrase, buffer.AsSpan(0, length), type);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // That others hold large answers is not the peer's fault.
    private async Task TakeAsync(AnswerPlace place, CancellationTokenSource limit)
    {
        limit.CancelAfter(Timeout.InfiniteTimeSpan);
        await place.TakeAsync(limit.Token);
        limit.CancelAfter(timeout);
    }

    private static Answer<T> Judge<T>(int status, string? reason, ReadOnlySpan<byte> body, JsonTypeInfo<Envelope<T>> type) where T : class
    {
        if (status is < 200 or > 299) return new(status, Shown(StatusText(body) ?? reason ?? "no reason given"), null, Fault.Refused);
        // 204, and the Rust agent's successes without data: its unit type comes as null.
        if (type is JsonTypeInfo<Envelope<Nothing>>) return new(status, Shown(StatusText(body) ?? "Success"), (T)(object)new Nothing(), Fault.None);
        try
        {
            return JsonSerializer.Deserialize(body, type) is { Results: { } results } envelope
                ? new(status, Shown(envelope.Status ?? ""), results, Fault.None)
                : new(status, "answer has no results", null, Fault.Malformed);
        }
        catch (JsonException e)
        {
            return new(status, $"answer is malformed at {Shown(e.Path ?? "its start")}", null, Fault.Malformed);
        }
    }

    /// <summary>The text of an envelope's <c>status</c> or of the first of <c>errors</c>.</summary>
    private static string? StatusText(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            if (root.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String) return status.GetString();
            return root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0
                && errors[0].ValueKind == JsonValueKind.Object && errors[0].TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String
                ? detail.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // A peer's text goes to logs, terminals and databases: one line, no control characters, whole characters only, of bounded length.
    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length + rune.Utf16SequenceLength > MaxMessageLength) break;
            shown.Append(Rune.IsControl(rune) ? new Rune(' ') : rune);
        }
        return shown.ToString();
    }

    // What fails in HTTP is told with what the peer sent, such as its status line.
    private static Answer<T> Unreachable<T>(string message) where T : class => new(null, Shown(message), null, Fault.Transport);

    private static string Innermost(Exception e) => e.InnerException is null ? e.Message : Innermost(e.InnerException);

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}

/// <summary>Whether a request may be sent again when it is not known what became of the first.</summary>
internal enum Repeatable
{
    No,
    Yes,
}
