using System.CommandLine;
using Keylime.Protocol.V2;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Policies;

/// <summary>Arguments of the verbs that upload a runtime policy.</summary>
internal sealed class RuntimePolicyOptions
{
    private readonly Argument<string> _name = new("NAME") { Description = "Name of the policy" };
    private readonly Argument<string> _file = new("FILE") { Description = "The policy, or its signed envelope" };
    private readonly Option<string?> _key = new("--sig-key") { Description = "Public key or certificate that signed it", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_name);
        command.Arguments.Add(_file);
        command.Options.Add(_key);
    }

    public string Name(Verb verb) => verb.Arguments.GetValue(_name)!;

    public async Task<RuntimePolicyRequest> ReadAsync(Verb verb, CancellationToken ct)
    {
        var policies = await AgentPolicies.ReadAsync(
            new() { RuntimePolicyFile = verb.Arguments.GetValue(_file), RuntimePolicySignatureKeyFile = verb.Arguments.GetValue(_key) }, verb.Session.Config, verb.Session.Log, ct);
        return new() { TpmPolicy = policies.TpmPolicy, RuntimePolicy = policies.RuntimePolicy, RuntimePolicyKey = policies.RuntimePolicyKey };
    }
}
