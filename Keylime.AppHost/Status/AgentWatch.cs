using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Microsoft.Extensions.Hosting;

namespace Keylime.AppHost.Status;

/// <summary>Asks the gateway, or the one process, for the agents' states, as any operator can, and puts them on the board.</summary>
internal sealed class AgentWatch(
    ResourceNotificationService notifications, EndpointReference front, StatusBoard board) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    /// <summary>A look costs a verifier work for each agent: a large fleet is looked at more seldom.</summary>
    private static readonly TimeSpan IntervalPerAgent = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    /// <summary>How long the last answer counts. One that does not come may be lost; three are an outage.</summary>
    private const int AnswersMissed = 3;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The certificates are there when it is healthy: it waits for them itself.
        await notifications.WaitForResourceHealthyAsync(front.Resource.Name, stoppingToken);
        using var http = OperatorConnection.Open(board.Current.Tls.Directory);
        var verifier = new VerifierClient(http, new AddressList(new Uri(front.Url)), Timeout);
        var missed = 0;
        while (true)
        {
            var answer = await verifier.ListStatesAsync(verifierId: null, stoppingToken);
            if (answer.IsGood)
            {
                missed = 0;
                board.SetAgents(answer.Value.Select(agent => Describe(agent.Key, agent.Value)));
            }
            else if (++missed >= AnswersMissed)
            {
                board.SetAgentsUnknown($"{front.Resource.Name}: {answer}");
            }

            var pause = IntervalPerAgent * board.Current.Agents.Count;
            await Task.Delay(pause > Interval ? pause : Interval, stoppingToken);
        }
    }

    private static AgentStatus Describe(string id, VerifierAgentResponse agent) => new(
        id, agent.TrustState ?? TrustState.Pending, agent.Owner, agent.AttestationCount,
        agent.LastSuccessfulAttestation == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(agent.LastSuccessfulAttestation), agent.Reason, agent.Judged);
}
