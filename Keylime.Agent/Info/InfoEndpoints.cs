using Keylime.Agent.Http;
using Keylime.Agent.Identity;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using Keylime.Tpm.Commands;

namespace Keylime.Agent.Info;

/// <summary><c>/version</c> and <c>/agent/info</c>.</summary>
internal static class InfoEndpoints
{
    private static readonly ApiVersion s_withInfo = new(2, 2);

    /// <summary>Outside of any API version: this is how peers find one.</summary>
    public static RouteHandlerBuilder MapVersion(this IEndpointRouteBuilder app) =>
        app.MapGet("/version", GetVersion).WithName("Version");

    public static void MapInfo(this IEndpointRouteBuilder api) => api.MapGet("/agent/info", GetInfo).WithName("AgentInfo");

    private static IResult GetVersion(AgentConfig config) =>
        Answers.Ok(new AgentVersionResponse(config.ApiVersions[^1].ToString(), [.. config.ApiVersions.Select(version => version.ToString())]));

    // The attestation key is loaded anew for each quote: this is the handle that it then has.
    private static IResult GetInfo(HttpContext context, AgentIdentity identity, AgentConfig config)
    {
        var version = context.GetApiVersion();
        if (version.CompareTo(s_withInfo) < 0) return AgentHttp.NoRoute(context, config.ApiVersions);
        var algorithms = identity.Algorithms;
        return Answers.Ok(new AgentInfoResponse(identity.Id.Value, algorithms.HashName, algorithms.EncryptionName(version), algorithms.SigningName, TpmHandle.FirstTransient));
    }
}
