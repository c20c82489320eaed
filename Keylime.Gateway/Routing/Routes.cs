using System.Collections.Frozen;
using Keylime.Gateway.Backends;

namespace Keylime.Gateway.Routing;

/// <summary>Which paths the verifiers and registrars know, and which agent a request is about. Methods are theirs to judge.</summary>
internal static class Routes
{
    private static readonly FrozenSet<string> VerifierResources = FrozenSet.Create(StringComparer.Ordinal,
        "agents", "allowlists", "mbpolicies", "verify", "sessions", "refstates", "policies");

    private static readonly FrozenSet<string> RegistrarResources = FrozenSet.Create(StringComparer.Ordinal, "agents");

    /// <summary>Whether back ends of this kind have a route for the target.</summary>
    public static bool Knows(string kind, RequestTarget target) => target.Segments switch
    {
        [] or ["version"] => true,
        ["versions"] => kind == BackendKind.Verifier,
        [var version] => IsVersion(version),
        [var version, var resource, ..] => IsVersion(version) && (kind == BackendKind.Verifier ? VerifierResources : RegistrarResources).Contains(resource),
    };

    /// <summary>The id in <c>/v2.6/agents/ID...</c>, well-formed or not (its owner says so); null when the request is about no single agent.</summary>
    public static string? AgentOf(RequestTarget target) => target.Segments is [_, "agents", var id, ..] ? id : null;

    /// <summary><c>v2</c> or <c>v2.6</c>; whether the version is supported is for the back end to say.</summary>
    private static bool IsVersion(string segment) =>
        segment is ['v', >= '0' and <= '9', .. { Length: <= 6 } rest] && rest.All(c => char.IsAsciiDigit(c) || c == '.');
}
