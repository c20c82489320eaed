using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Registrar;

internal static class VersionEndpoints
{
    public static WebApplication MapVersion(this WebApplication app)
    {
        app.MapGet("/version", () => Answers.Ok(new ServerVersionResponse(
            $"{ApiVersion.Current}", [.. ApiVersion.Supported.Select(version => $"{version}")]))).AllowEveryoneOverPlainHttp();
        app.MapGet("/v3", () => Answers.Ok()).AllowEveryone();
        return app;
    }
}
