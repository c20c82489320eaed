using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Answers of the authorization layer, which have a form of their own (JSON:API errors, not the envelope).</summary>
internal static class Refusals
{
    public static IResult Forbidden(string reason) => Answer(StatusCodes.Status403Forbidden, "Forbidden", reason);

    public static IResult Unauthorized(string reason) => Answer(StatusCodes.Status401Unauthorized, "Unauthorized", reason);

    private static IResult Answer(int status, string title, string detail) =>
        Results.Json(new ErrorList([new($"{status}", title, detail)]), RefusalJson.Default.ErrorList, statusCode: status);
}

internal sealed record ErrorList([property: JsonPropertyName("errors")] IReadOnlyList<ErrorItem> Errors);

internal sealed record ErrorItem(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("detail")] string Detail);

[JsonSerializable(typeof(ErrorList))]
internal sealed partial class RefusalJson : JsonSerializerContext;
