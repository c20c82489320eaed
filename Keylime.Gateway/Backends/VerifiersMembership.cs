using System.Text.Json;
using Keylime.Protocol;
using Keylime.Sharding;

namespace Keylime.Gateway.Backends;

/// <summary>The membership as a verifier tells it, for a gateway without Redis: it has no access to the database, and needs none.</summary>
/// <remarks>One verifier is asked as long as it answers; then the next of those that are known, announced or configured. A verifier that cannot read the
/// membership itself says so, and another is asked.</remarks>
internal sealed class VerifiersMembership(
    BackendPool verifiers, IReadOnlyList<Backend> configured, HttpMessageInvoker upstream, TimeSpan timeout) : IMembershipReader
{
    // Some ten thousand members.
    private const int MaxAnswerBytes = 2 * 1024 * 1024;

    private Uri? _lastAnswered;

    public async Task<IReadOnlyCollection<MemberHeartbeat>> ListAsync(CancellationToken ct)
    {
        var reason = "no verifier is known";
        foreach (var address in verifiers.Backends.Concat(configured).Select(backend => backend.Address).Distinct().OrderByDescending(address => address == _lastAnswered))
            try
            {
                var members = await AskAsync(address, ct);
                _lastAnswered = address;
                return members;
            }
            // Whatever it is: the handler does not wrap every exception of a socket, and another verifier can tell the members as well.
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                reason = $"{address.Authority}: {e.Message}";
            }
        throw new LeaseStoreUnavailableException($"No verifier tells the members; {reason}", null);
    }

    private async Task<IReadOnlyCollection<MemberHeartbeat>> AskAsync(Uri verifier, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(verifier, "/cluster/members"));
        using var response = await upstream.SendAsync(request, limit.Token);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, limit.Token);
        await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
        var answer = await JsonSerializer.DeserializeAsync(body, KeylimeJson.Default.EnvelopeClusterMembersResponse, limit.Token);
        // Whoever answers 200 on any path is no verifier of ours.
        return answer?.Results?.Members is { } members ? [.. members.Select(Read).OfType<MemberHeartbeat>()] : throw new JsonException("its answer holds no members");
    }

    // An entry that is not ours to read is nobody who could own a shard.
    private static MemberHeartbeat? Read(ClusterMember? member) =>
        member is { Instance.Length: > 0, Address.Length: > 0 } && StateOf(member.State) is { } state
            ? new(new(member.Instance, member.Address, state, member.Zone), member.Beat)
            : null;

    private static MemberState? StateOf(string? name) => name switch
    {
        "serving" => MemberState.Serving,
        "degraded" => MemberState.Degraded,
        "leaving" => MemberState.Leaving,
        _ => null,
    };
}
