using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Verifier;

/// <summary>What a client asks before it knows which API we speak.</summary>
internal static class VersionEndpoints
{
    public static IEndpointRouteBuilder MapVersions(this IEndpointRouteBuilder api)
    {
        var versions = new ServerVersionResponse(ApiVersion.Current.ToString(), [.. ApiVersion.Supported.Select(version => version.ToString())]);
        api.MapGet("/version", () => Answers.Ok(versions)).AllowEveryone();
        api.MapGet("/versions", () => Answers.Ok(versions)).AllowEveryone();
        var newest = ApiVersion.Supported[^1];
        api.MapGet("/", () => Results.Redirect($"/v{newest}/", preserveMethod: true)).AllowEveryone();
        api.MapGet($"/v{newest.Major}/", () => Answers.Ok()).AllowEveryone();
        return api;
    }
}
