using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Lets a request through to its route when the route's declaration allows its caller. Runs after routing.</summary>
internal sealed class RouteGate(RequestDelegate next, CertificateTrust? clients = null)
{
    private readonly CallerIdentification _callers = new(clients);

    public Task InvokeAsync(HttpContext context)
    {
        // No endpoint: the 404 at the end of the pipeline. Routing's own 405 has no pattern and no declaration.
        if (context.GetEndpoint() is not Microsoft.AspNetCore.Routing.RouteEndpoint endpoint) return next(context);
        if (endpoint.Metadata.GetMetadata<RouteAccess>() is not { } access) return Refusals.Forbidden("Route declares no access").ExecuteAsync(context);
        if (!context.Request.IsHttps && !access.OverPlainHttp)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        // Session tokens belong to agents of the push model; whoever sends one is judged by it alone, and there is none to find here.
        if (context.Request.Headers.Authorization is [var authorization, ..])
            return Refusals.Unauthorized(authorization?.StartsWith("Bearer ", StringComparison.Ordinal) == true
                ? "Invalid authentication token" : "Invalid Authorization header format").ExecuteAsync(context);
        var caller = _callers.Identify(context);
        context.Features.Set(caller);
        return access.Audience == Audience.Everyone || caller is Caller.Admin || (access.Audience == Audience.Gateway && _callers.IsGatewayItself(context))
            ? next(context)
            : Refusals.Forbidden("Action requires an admin client certificate").ExecuteAsync(context);
    }
}
