using Keylime.Protocol;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Agent.Revocation;

/// <summary><c>/notifications</c>: the verifier tells that another machine is no longer trusted.</summary>
internal static class RevocationEndpoints
{
    private const int MaxBodyBytes = 2 << 20;

    public static void MapNotifications(this IEndpointRouteBuilder api) =>
        api.MapPost("/notifications/revocation", AcceptAsync).WithName("NotifyRevocation");

    /// <summary>200 before the signature was looked at, as with the Rust agent: the sender has nothing to learn from the outcome.</summary>
    private static async Task<IResult> AcceptAsync(HttpContext context, RevocationLoop revocations)
    {
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.RevocationNotification, MaxBodyBytes);
        if (!body.IsGood) return body.Refusal;
        var notification = body.Body.Value;
        if (notification.Msg is null || notification.Signature is null)
            return Answers.Error(StatusCodes.Status400BadRequest, $"Json deserialize error: missing field `{(notification.Msg is null ? "msg" : "signature")}`");
        revocations.Accept(notification);
        return Answers.Ok();
    }
}
