using Keylime.Protocol;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Where the services differ in Keylime's HTTP rules.</summary>
public sealed class KeylimeHttpOptions
{
    /// <summary>API versions that answer, lowest first.</summary>
    public IReadOnlyList<ApiVersion> Versions { get; init; } = ApiVersion.Supported;

    /// <summary>Answer to a version that does not. Servers: 404 with an empty body; agents say so in words.</summary>
    public Func<string, IResult> UnsupportedVersion { get; init; } = _ => Results.NotFound();

    /// <summary>Answer to a path or a method that no route serves, given the status 404 or 405. Servers: an empty body.</summary>
    public Func<HttpContext, int, IResult> NoRoute { get; init; } = (_, status) => Results.StatusCode(status);

    /// <summary>Exceptions that mean "try again later" and not a bug: a database that cannot be reached. Answered with 503.</summary>
    public Func<Exception, bool> IsOutage { get; init; } = _ => false;
}
