using Keylime.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keylime.ServiceDefaults.Http;

/// <summary>The outermost rules: request id, known methods, version prefix, and an answer for whatever goes wrong inside.</summary>
internal sealed partial class RequestRules(RequestDelegate next, KeylimeHttpOptions options, ILogger<RequestRules> logger)
{
    private const int MaxRequestIdLength = 36;

    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

    public async Task InvokeAsync(HttpContext context)
    {
        if (RequestId(context.Request.Headers["X-Request-ID"]) is { } id) context.TraceIdentifier = id;
        using var scope = logger.BeginScope(new Dictionary<string, object?> { [ConsoleLine.RequestId] = context.TraceIdentifier });
        try
        {
            await AnswerAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; nobody reads an answer.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await Answers.Error(e.StatusCode, BodyFault(e)).ExecuteAsync(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && options.IsOutage(e))
        {
            LogOutage(e.Message);
            context.Response.Clear();
            context.Response.Headers.RetryAfter = "1";
            await Answers.Error(StatusCodes.Status503ServiceUnavailable, "Service unavailable, try again").ExecuteAsync(context);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogFault(e, context.Request.Method, context.Request.Path);
            context.Response.Clear();
            await Answers.Error(StatusCodes.Status500InternalServerError, "Internal server error").ExecuteAsync(context);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!Methods.Contains(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
            return;
        }
        if (ApiVersionPath.TrySplit(context.Request.Path.Value ?? "", out var segment, out var rest))
        {
            if (!ApiVersionPath.TryParse(segment, options.Versions, out var version))
            {
                await options.UnsupportedVersion(segment).ExecuteAsync(context);
                return;
            }
            context.SetApiVersion(version);
            // The constructor takes the path as it is. The conversion from string would decode it once more, and %2561 be another agent here than for the gateway.
            context.Request.Path = new PathString($"/v{version.Major}{rest}");
        }
        await next(context);
        // Only what no route touched: a handler's own 404 has a body, or is its endpoint's.
        if (context.GetEndpoint() is not Microsoft.AspNetCore.Routing.RouteEndpoint && !context.Response.HasStarted
            && context.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed)
            await options.NoRoute(context, context.Response.StatusCode).ExecuteAsync(context);
    }

    // Word characters only, so that an id can neither forge a log line nor fill it.
    private static string? RequestId(string? header)
    {
        if (string.IsNullOrEmpty(header)) return null;
        var id = new string([.. header.Where(c => char.IsAsciiLetterOrDigit(c) || c == '_').Take(MaxRequestIdLength)]);
        return id.Length > 0 ? id : null;
    }

    private static string BodyFault(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => "Request body too large",
        StatusCodes.Status408RequestTimeout => "Request body came too slowly",
        _ => "Malformed request",
    };

    [LoggerMessage(EventIds.HandlerFault, LogLevel.Error, "{Method} {Path} ended in an unexpected fault")]
    private partial void LogFault(Exception fault, string method, string path);

    [LoggerMessage(EventIds.Outage, LogLevel.Warning, "Request refused in an outage: {Reason}")]
    private partial void LogOutage(string reason);
}
