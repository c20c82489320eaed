using Microsoft.AspNetCore.Builder;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Who may use a route. A route that does not say is refused to everybody.</summary>
public sealed record RouteAccess(Audience Audience, bool OverPlainHttp);

/// <summary>The callers of a route.</summary>
public enum Audience
{
    /// <summary>A verified client certificate with a name.</summary>
    Admin,
    /// <summary>The gateway itself, and admins who come without it. The gateway forwards no request to such a route.</summary>
    Gateway,
    Everyone,
}

/// <summary>Declarations on routes and groups of routes; the last one counts.</summary>
public static class RouteAccessExtensions
{
    public static T RequireAdmin<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(Audience.Admin, OverPlainHttp: false));

    public static T AllowGateway<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(Audience.Gateway, OverPlainHttp: false));

    public static T AllowEveryone<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(Audience.Everyone, OverPlainHttp: false));

    /// <summary>For everyone, and on listeners without TLS as well.</summary>
    public static T AllowEveryoneOverPlainHttp<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(Audience.Everyone, OverPlainHttp: true));
}
