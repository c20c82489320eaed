using Microsoft.AspNetCore.Builder;

namespace Keylime.ServiceDefaults.Http;

/// <summary>The HTTP rules that all Keylime servers share.</summary>
public static class KeylimeHttp
{
    /// <summary>Puts the rules around the routes. Routes are mapped under their major version, <c>/v2/agents/{id}</c>, and must declare
    /// who may use them (<see cref="RouteAccessExtensions"/>). Handlers learn the exact version by <c>GetApiVersion</c>, the caller by <c>GetCaller</c>.</summary>
    public static WebApplication UseKeylimeHttp(this WebApplication app, KeylimeHttpOptions? options = null)
    {
        app.UseMiddleware<RequestRules>(options ?? new());
        // Explicit, so that routing sees the path without its minor version.
        app.UseRouting();
        app.UseMiddleware<RouteGate>();
        return app;
    }
}
