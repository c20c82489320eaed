using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tenant.Policies;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary><c>addmbpolicy</c> and its kin.</summary>
internal static class MeasuredBootPolicyCommands
{
    public static async Task AddAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "mb_policy_name is required to add measure boot policy");
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).AddMeasuredBootPolicyAsync(name, Read(call), ct), KeylimeJson.Default.Nothing);
    }

    public static async Task UpdateAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "mb_policy_name is required to add measure boot policy");
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).UpdateMeasuredBootPolicyAsync(name, Read(call), ct), KeylimeJson.Default.Nothing);
    }

    public static async Task ShowAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "--mb_policy_name is required to show a runtime policy");
        var answer = await (await call.Session.VerifierAsync(ct)).FindMeasuredBootPolicyAsync(name, ct);
        PolicyAnswer.Print(call, answer, KeylimeJson.Default.MeasuredBootPolicyResponse, "showmbpolicy command response:");
    }

    public static async Task DeleteAsync(KeylimeCall call, CancellationToken ct)
    {
        var name = DemandName(call, "--mb_policy_name is required to delete a runtime policy");
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).DeleteMeasuredBootPolicyAsync(name, ct), KeylimeJson.Default.Nothing);
    }

    public static async Task ListAsync(KeylimeCall call, CancellationToken ct) =>
        PolicyAnswer.Print(call, await (await call.Session.VerifierAsync(ct)).ListMeasuredBootPoliciesAsync(ct), KeylimeJson.Default.MeasuredBootPolicyListResponse, "listmbpolicy command response:");

    private static MeasuredBootPolicyRequest Read(KeylimeCall call) => new(MeasuredBootPolicyText.Read(call.Get(call.Options.MbPolicy), call.Session.Config));

    private static string DemandName(KeylimeCall call, string complaint) => call.Get(call.Options.MbPolicyName) ?? throw new UserErrorException(complaint);
}
