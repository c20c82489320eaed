using Keylime.Protocol;
using Keylime.ServiceDefaults.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Keylime.Agent.Http;

/// <summary>The agent's answers to what no route serves. They are the Rust agent's, word for word: the verifier looks for some of them.</summary>
internal static class AgentHttp
{
    public static KeylimeHttpOptions Options(IReadOnlyList<ApiVersion> versions) => new()
    {
        Versions = versions,
        // The verifier negotiates anew when it reads this text.
        UnsupportedVersion = segment => Answers.Error(StatusCodes.Status400BadRequest, $"API version not supported: {segment}"),
        NoRoute = (context, _) => NoRoute(context, versions),
    };

    /// <summary>Errors that come without a body get the envelope: the agent's peers expect it everywhere.</summary>
    public static async Task WrapEmptyErrors(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var status = context.Response.StatusCode;
        if (status >= StatusCodes.Status400BadRequest && !context.Response.HasStarted)
            await Answers.Error(status, ReasonPhrases.GetReasonPhrase(status)).ExecuteAsync(context);
    }

    /// <summary>400 where the method is one of the interface's, so the path is wrong; 405 with the methods that would be right otherwise.</summary>
    public static IResult NoRoute(HttpContext context, IReadOnlyList<ApiVersion> versions)
    {
        var rule = RuleFor(context.Request.Path, versions);
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) && rule.Get is not null) return Answers.Error(StatusCodes.Status400BadRequest, rule.Get);
        if (HttpMethods.IsPost(method) && rule.Post is not null) return Answers.Error(StatusCodes.Status400BadRequest, rule.Post);
        context.Response.Headers.Allow = string.Join(", ", new[] { rule.Get is null ? null : "GET", rule.Post is null ? null : "POST" }.OfType<string>());
        return Answers.Error(StatusCodes.Status405MethodNotAllowed, rule.Other);
    }

    /// <summary>What is said about a part of the tree: to GET, to POST (null where it has no such route), to other methods.</summary>
    private sealed record Rule(string? Get, string? Post, string Other);

    private static Rule RuleFor(PathString path, IReadOnlyList<ApiVersion> versions) => (path.Value ?? "").Split('/') is ["", ['v', >= '0' and <= '9', ..], .. var rest]
        ? rest is [var scope, ..] && s_scopes.TryGetValue(scope, out var rule) ? rule : s_version
        : Outside(versions);

    private static readonly Dictionary<string, Rule> s_scopes = new(StringComparer.Ordinal)
    {
        ["quotes"] = new("URI not supported, only /identity and /integrity are supported for GET in /quotes/ interface", null,
            "Method is not supported in /quotes/ interface"),
        ["keys"] = new("URI not supported, only /pubkey and /verify are supported for GET in /keys interface",
            "URI not supported, only /ukey and /vkey are supported for POST in /keys interface", "Method is not supported in /keys interface"),
        ["agent"] = new("URI not supported, only /info is supported for GET in /agent interface", null, "Method is not supported in /agent interface"),
        ["notifications"] = new(null, "URI not supported, only /revocation is supported for POST in /notifications/ interface",
            "Method is not supported in /notifications/ interface"),
    };

    private static readonly Rule s_version = new("Not Implemented: Use /agent, /keys, or /quotes interfaces",
        "Not Implemented: Use /keys or /notifications interfaces", "Method is not supported");

    private static Rule Outside(IReadOnlyList<ApiVersion> versions)
    {
        var message = $"Not Implemented: Use {string.Join(", ", versions.Select(version => $"/{version}"))} or /version interfaces";
        return new(message, message, "Method is not supported");
    }
}
