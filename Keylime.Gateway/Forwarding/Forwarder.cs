using System.Net;
using System.Net.Sockets;
using Keylime.Gateway.Backends;
using Keylime.Gateway.Routing;
using Keylime.ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Keylime.Gateway.Forwarding;

/// <summary>Hands a request to the best back end, and to the next one when that cannot have done any harm.</summary>
internal sealed partial class Forwarder(
    IHttpForwarder http, HttpMessageInvoker upstream, GatewayOptions options, GatewayMetrics metrics, ILogger<Forwarder> logger)
{
    /// <summary>Attempts per request: enough for the two failures that a cluster must bear at once, and an end to it.</summary>
    private const int MaxAttempts = 3;

    // HTTP/1.1, because Keylime's answers use reason phrases, which HTTP/2 does not have.
    private readonly ForwarderRequestConfig _config = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = options.RequestTimeout,
        AllowResponseBuffering = false,
    };

    public async Task ForwardAsync(HttpContext context, BackendPool pool, RequestTarget target)
    {
        var requestId = RequestId.Of(context.Request);
        var agent = Routes.AgentOf(target);
        var asked = new List<Backend>(MaxAttempts);
        IForwarderErrorFeature? failure = null;
        while (asked.Count < MaxAttempts && pool.Begin(agent, requestId, asked) is { } attempt)
            using (attempt)
            {
                if (failure is not null)
                {
                    metrics.Retried(pool.Kind);
                    LogRetried(requestId, pool.Kind, attempt.Backend.Instance);
                }
                asked.Add(attempt.Backend);
                failure = await AttemptAsync(context, attempt, new(target, requestId, attempt.Keep));
                if (failure is null) return;
                // Before what it found is reported, for that gives it up as well.
                var mayRetry = MayRetry(context, failure, attempt);
                if (IsBackendsFault(failure)) pool.Report(attempt.Backend, answered: false);
                if (!mayRetry) break;
            }
        await AnswerFailureAsync(context, pool, failure, requestId);
    }

    private async Task<IForwarderErrorFeature?> AttemptAsync(HttpContext context, Attempt attempt, ForwardingTransformer transformer)
    {
        // What the attempt before left.
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = StatusCodes.Status200OK;
        var error = await http.SendAsync(
            context, attempt.Backend.Address.GetLeftPart(UriPartial.Authority), upstream, _config, transformer, IsSafe(context.Request) ? attempt.GivenUp : CancellationToken.None);
        return error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>();
    }

    /// <summary>Nothing was sent if no connection came about; a request that changes nothing may be sent twice.</summary>
    private static bool MayRetry(HttpContext context, IForwarderErrorFeature failure, Attempt attempt) =>
        !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested
        && (IsUnconnected(failure) || ((IsBrokenOff(failure) || attempt.GivenUp.IsCancellationRequested) && IsSafe(context.Request)));

    // The socket's own exception comes from the handler's look at a connection that was reset as soon as it had come about. Once it is in use, its stream wraps them.
    private static bool IsUnconnected(IForwarderErrorFeature failure) => failure.Exception is SocketException or HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };

    private static bool IsSafe(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && request.ContentLength is null or 0 && !request.Headers.ContainsKey("Transfer-Encoding");

    // A request that our own side cannot send is no back end's fault: whoever could make one would otherwise take them all out of service.
    private static bool IsBackendsFault(IForwarderErrorFeature failure) =>
        failure.Error == ForwarderError.RequestTimedOut || IsUnconnected(failure) || IsBrokenOff(failure);

    private static bool IsBrokenOff(IForwarderErrorFeature failure) => failure is
    {
        Error: ForwarderError.Request,
        Exception: IOException or HttpRequestException { InnerException: IOException } or HttpRequestException { HttpRequestError: not HttpRequestError.Unknown },
    };

    private async Task AnswerFailureAsync(HttpContext context, BackendPool pool, IForwarderErrorFeature? failure, string requestId)
    {
        // The answer was under way: the connection has been cut, which tells the client that it is not whole.
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        var service = BackendKind.ServiceOf(pool.Kind);
        var (status, message) = failure?.Error switch
        {
            null => (StatusCodes.Status503ServiceUnavailable, $"No {service} is available"),
            ForwarderError.RequestTimedOut => (StatusCodes.Status504GatewayTimeout, $"The {service} did not answer in time"),
            ForwarderError.RequestBodyClient => BodyFault(failure.Exception),
            ForwarderError.Request when IsUnconnected(failure) => (StatusCodes.Status503ServiceUnavailable, $"No {service} can be reached"),
            _ => (StatusCodes.Status502BadGateway, $"The {service} broke off the request"),
        };
        metrics.Refused(pool.Kind, status);
        if (status >= StatusCodes.Status500InternalServerError) LogUnanswered(requestId, status, message, failure?.Exception?.Message ?? "none known");
        context.Response.Clear();
        await Answers.Error(status, message).ExecuteAsync(context);
    }

    // The forwarder tells of both sides' faults in one exception.
    private static (int Status, string Message) BodyFault(Exception? exception) =>
        (exception is AggregateException both ? both.InnerExceptions.OfType<BadHttpRequestException>().FirstOrDefault() : exception as BadHttpRequestException) switch
        {
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => (StatusCodes.Status413PayloadTooLarge, "Request body too large"),
            { StatusCode: StatusCodes.Status408RequestTimeout } => (StatusCodes.Status408RequestTimeout, "Request body came too slowly"),
            _ => (StatusCodes.Status400BadRequest, "Malformed request body"),
        };

    [LoggerMessage(EventIds.Retried, LogLevel.Information, "(Reqid={RequestId}) Asking {Kind} {Instance} instead")]
    private partial void LogRetried(string requestId, string kind, string instance);

    [LoggerMessage(EventIds.Unanswered, LogLevel.Warning, "(Reqid={RequestId}) {Status}: {Message} ({Cause})")]
    private partial void LogUnanswered(string requestId, int status, string message, string cause);
}
