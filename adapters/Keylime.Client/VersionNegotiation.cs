using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Client;

/// <summary>Finds the API version that both sides speak. API 3 has other routes and is not negotiated for these clients.</summary>
public static class VersionNegotiation
{
    /// <summary>The registrar's or verifier's current version when it is ours, else the highest common one. A server that hides its versions
    /// (a push-model verifier answers 410) is spoken to in our current version.</summary>
    internal static Answer<Nothing> WithServer(Answer<ServerVersionResponse> answer, IReadOnlyList<ApiVersion> ours, out ApiVersion version)
    {
        version = ApiVersion.Current;
        if (answer.Fault == Fault.Transport) return answer.As<Nothing>();
        if (!answer.IsGood) return Good;
        var chosen = ChooseForServer(answer.Value, ours);
        version = chosen ?? version;
        return chosen is not null ? Good : NoneInCommon(answer.Value.SupportedVersions ?? [], ours);
    }

    /// <summary>The server's current version when it is ours, else the highest common one; null when there is none.</summary>
    public static ApiVersion? ChooseForServer(ServerVersionResponse server, IReadOnlyList<ApiVersion> ours) =>
        ApiVersion.TryParse(server.CurrentVersion, out var current) && current.Major < 3 && ours.Contains(current)
            ? current
            : Highest(ours, server.SupportedVersions ?? []);

    /// <summary>The highest version that the agent serves and we speak; null when there is none. Old agents name one version only.</summary>
    public static ApiVersion? ChooseForAgent(AgentVersionResponse agent, IReadOnlyList<ApiVersion> ours) =>
        Highest(ours, agent.SupportedVersions ?? (agent.SupportedVersion is { } only ? [only] : []));

    private static ApiVersion? Highest(IReadOnlyList<ApiVersion> ours, IReadOnlyList<string> theirs)
    {
        var parsed = new List<ApiVersion>();
        foreach (var text in theirs)
            if (ApiVersion.TryParse(text, out var version)) parsed.Add(version);
        return ApiVersion.Negotiate(ours.Where(version => version.Major < 3), parsed);
    }

    private static Answer<Nothing> Good => new(200, "Success", new(), Fault.None);

    private static Answer<Nothing> NoneInCommon(IReadOnlyList<string> theirs, IReadOnlyList<ApiVersion> ours) =>
        new(200, $"no API version in common: theirs are {string.Join(", ", theirs.Take(20))}, ours {string.Join(", ", ours)}", null, Fault.Malformed);
}
