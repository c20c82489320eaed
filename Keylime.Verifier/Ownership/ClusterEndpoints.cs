using Keylime.Protocol;
using Keylime.ServiceDefaults.Http;
using Keylime.Sharding;

namespace Keylime.Verifier.Ownership;

/// <summary><c>/cluster</c>: who takes part. The gateway divides shards by it as the members do.</summary>
internal static class ClusterEndpoints
{
    public static IEndpointRouteBuilder MapCluster(this IEndpointRouteBuilder api)
    {
        api.MapGet("/cluster/members", (ClusterMembers members) => members.FindRecent() is { } heartbeats
            ? Answers.Ok(new ClusterMembersResponse([.. heartbeats.Select(Write)]))
            : Answers.Error(503, "The members cannot be read now")).AllowGateway();
        return api;
    }

    private static ClusterMember Write(MemberHeartbeat heartbeat) => new(
        heartbeat.Member.Instance, heartbeat.Member.Address, StateName(heartbeat.Member.State), heartbeat.Member.Zone, heartbeat.Beat);

    private static string StateName(MemberState state) => state switch
    {
        MemberState.Serving => "serving",
        MemberState.Degraded => "degraded",
        _ => "leaving",
    };
}
