using System.Text.Json;
using System.Text.Json.Nodes;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>What registrar and verifier know, in the lines that Keylime's tenant writes.</summary>
internal static class StatusCommands
{
    public static async Task StatusAsync(KeylimeCall call, CancellationToken ct)
    {
        await RegistrarStatusAsync(call, ct);
        await VerifierStatusAsync(call, ct);
    }

    public static async Task VerifierStatusAsync(KeylimeCall call, CancellationToken ct)
    {
        if (await call.Session.FindStateAsync(call.Agent, ct) is not { } state)
        {
            var address = call.Session.Config.Verifiers[0].Address;
            call.Say($"Verifier at {address.DnsSafeHost} with Port {address.Port} does not have agent {call.Agent}.");
            throw new UserErrorException($"Agent {call.Agent} does not exist on {call.VerifierName}.");
        }
        var shown = ToNode(state);
        if (call.Get(call.Options.PushModel)) shown.Remove("operational_state");
        else if (state.OperationalState is { } number) shown["operational_state"] = OperationalStateText.Of(number);
        call.Say($"Agent Info from {call.VerifierName}:\n{PythonText.Dumps(new JsonObject { [call.Agent.Value] = shown })}");
    }

    public static async Task VerifierListAsync(KeylimeCall call, CancellationToken ct)
    {
        var list = (await (await call.Session.VerifierAsync(ct)).ListAgentsAsync(call.VerifierId ?? "", ct)).Get("listing agents");
        call.Say($"Agent list from {call.VerifierName} retrieved: \n{PythonText.Dumps(JsonSerializer.SerializeToNode(list, KeylimeJson.Default.VerifierAgentListResponse))}");
    }

    public static async Task BulkInfoAsync(KeylimeCall call, CancellationToken ct)
    {
        var states = (await (await call.Session.VerifierAsync(ct)).ListStatesAsync(call.VerifierId ?? "", ct)).Get("listing agents");
        var shown = new JsonObject();
        foreach (var (id, state) in states)
        {
            var agent = ToNode(state);
            agent["operational_state"] = state.OperationalState is { } number ? OperationalStateText.Of(number) : "Not applicable (Push Mode)";
            shown[id] = agent;
        }
        call.Say($"Bulk Agent Info:\n{PythonText.Dumps(shown)}");
    }

    public static async Task RegistrarStatusAsync(KeylimeCall call, CancellationToken ct)
    {
        var address = call.Session.Config.Registrars[0].Address;
        if (await call.Session.FindRegistrationAsync(call.Agent, ct) is not { } registration)
        {
            call.Say($"Agent {call.Agent} does not exist on the registrar. Please register the agent with the registrar.");
            call.Say(PythonText.Dumps(Envelope(404, $"Agent {call.Agent} does not exist on registrar {address.DnsSafeHost} port {address.Port}.", [])));
            throw new UserErrorException($"Agent {call.Agent} does not exist on {call.RegistrarName}. Check the agent logs to for error messages while attempting to get registered.");
        }
        var shown = JsonSerializer.SerializeToNode(registration, KeylimeJson.Default.RegistrarAgentResponse)!.AsObject();
        shown["operational_state"] = OperationalStateText.Of((int)OperationalState.Registered);
        var results = new JsonObject { [call.Agent.Value] = shown };
        var status = $"Agent {call.Agent} exists on registrar {address.DnsSafeHost} port {address.Port}.";
        call.Say($"Status from {call.RegistrarName}: {status}");
        call.Say(PythonText.Dumps(Envelope(200, status, (JsonObject)results.DeepClone())));
        call.Say($"Agent Info from {call.RegistrarName}:\n{PythonText.Dumps(results)}");
    }

    public static async Task RegistrarListAsync(KeylimeCall call, CancellationToken ct)
    {
        var list = (await (await call.Session.RegistrarAsync(ct)).ListAgentsAsync(ct)).Get("listing registrations");
        call.Say($"Agent list from {call.RegistrarName} retrieved: \n{PythonText.Dumps(JsonSerializer.SerializeToNode(list, KeylimeJson.Default.RegistrarAgentListResponse))}");
    }

    public static async Task RegistrarDeleteAsync(KeylimeCall call, CancellationToken ct)
    {
        (await (await call.Session.RegistrarAsync(ct)).DeleteAgentAsync(call.Agent, ct)).Get($"deleting agent {call.Agent} from the registrar");
        call.Say($"Agent {call.Agent} deleted from {call.RegistrarName}");
    }

    internal static JsonObject Envelope(int code, string status, JsonObject results) => new() { ["code"] = code, ["status"] = status, ["results"] = results };

    private static JsonObject ToNode(VerifierAgentResponse state) => JsonSerializer.SerializeToNode(state, KeylimeJson.Default.VerifierAgentResponse)!.AsObject();
}
