using System.Text.Json.Serialization.Metadata;
using Keylime.Protocol;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Answers in Keylime's envelope.</summary>
public static class Answers
{
    /// <summary>200 with <c>{}</c>.</summary>
    public static IResult Ok() => Empty(StatusCodes.Status200OK, "Success");

    /// <summary>200. The envelope of <typeparamref name="T"/> must be known to <see cref="KeylimeJson"/>.</summary>
    public static IResult Ok<T>(T results) => Ok(results, (JsonTypeInfo<Envelope<T>>)KeylimeJson.Default.GetTypeInfo(typeof(Envelope<T>))!);

    /// <summary>200 with a type that another JSON context knows.</summary>
    public static IResult Ok<T>(T results, JsonTypeInfo<Envelope<T>> type) =>
        Results.Json(new Envelope<T>(StatusCodes.Status200OK, "Success", results), type, statusCode: StatusCodes.Status200OK);

    /// <summary>201 with <c>{}</c>.</summary>
    public static IResult Created() => Empty(StatusCodes.Status201Created, "Created");

    /// <summary>202 with <c>{}</c>.</summary>
    public static IResult Accepted() => Empty(StatusCodes.Status202Accepted, "Accepted");

    /// <summary>204 without a body.</summary>
    public static IResult NoContent() => Results.NoContent();

    /// <summary>An error with a message for its reader. No secret and no detail of the inside belongs into it.</summary>
    public static IResult Error(int status, string message) => Empty(status, message);

    /// <summary>400 with an empty body and a reason phrase, for a body that is not JSON.</summary>
    public static IResult Malformed() => new MalformedRequest();

    private static IResult Empty(int status, string message) =>
        Results.Json(new Envelope<Nothing>(status, message, new()), KeylimeJson.Default.EnvelopeNothing, statusCode: status);

    private sealed class MalformedRequest : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status400BadRequest;
            // HTTP/2 has no reason phrases; there the status must do.
            if (httpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseFeature>() is { } response)
                response.ReasonPhrase = "Malformed Request Parameter";
            return Task.CompletedTask;
        }
    }
}
