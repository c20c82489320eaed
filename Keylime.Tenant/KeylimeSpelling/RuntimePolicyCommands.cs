using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tenant.Policies;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary><c>addruntimepolicy</c> and its kin.</summary>
internal static class RuntimePolicyCommands
{
    public static async Task AddAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "runtime_policy_name is required to add a runtime policy");
        var request = await ReadAsync(call, ct);
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).AddRuntimePolicyAsync(name, request, ct), KeylimeJson.Default.Nothing);
    }

    public static async Task UpdateAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "runtime_policy_name is required to add a runtime policy");
        var request = await ReadAsync(call, ct);
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).UpdateRuntimePolicyAsync(name, request, ct), KeylimeJson.Default.Nothing);
    }

    public static async Task ShowAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "--allowlist_name or --runtime_policy_name is required to show a runtime policy");
        var answer = await (await call.Session.VerifierAsync(ct)).FindRuntimePolicyAsync(name, ct);
        PolicyAnswer.Print(call, answer, KeylimeJson.Default.RuntimePolicyResponse, "Show allowlist command response:");
    }

    public static async Task DeleteAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "--allowlist_name or --runtime_policy_name is required to delete a runtime policy");
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).DeleteRuntimePolicyAsync(name, ct), KeylimeJson.Default.Nothing);
    }

    public static async Task ListAsync(KeylimeCall call, CancellationToken ct) =>
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).ListRuntimePoliciesAsync(ct), KeylimeJson.Default.RuntimePolicyListResponse, "list command response:");

    internal static PolicyArguments PoliciesOf(KeylimeCall call)
    {
        var options = call.Options;
        return new()
        {
            TpmPolicy = call.Get(options.TpmPolicy),
            RuntimePolicyFile = call.Get(options.RuntimePolicy),
            RuntimePolicyUrl = call.Get(options.RuntimePolicyUrl),
            RuntimePolicyChecksum = call.Get(options.RuntimePolicyChecksum),
            RuntimePolicySignatureKeyFile = call.Get(options.RuntimePolicySigKey),
            RuntimePolicyName = call.Get(options.RuntimePolicyName) ?? call.Get(options.AllowlistName),
            AllowlistFile = call.Get(options.Allowlist),
            ExcludeFile = call.Get(options.Exclude),
            VerificationKeyFiles = call.Get(options.VerificationKey) ?? [],
            MeasuredBootPolicyFile = call.Get(options.MbPolicy),
            MeasuredBootPolicyName = call.Get(options.MbPolicyName),
        };
    }

    private static async Task<RuntimePolicyRequest> ReadAsync(KeylimeCall call, CancellationToken ct)
    {
        var policies = await AgentPolicies.ReadAsync(PoliciesOf(call), call.Session.Config, call.Session.Log, ct);
        return new() { TpmPolicy = policies.TpmPolicy, RuntimePolicy = policies.RuntimePolicy, RuntimePolicyKey = policies.RuntimePolicyKey };
    }

    private static string DemandName(KeylimeCall call, string complaint) =>
        call.Get(call.Options.AllowlistName) ?? call.Get(call.Options.RuntimePolicyName) ?? throw new UserErrorException(complaint);
}
