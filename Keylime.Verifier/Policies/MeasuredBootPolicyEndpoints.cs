using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Verifier.Policies;

/// <summary><c>/mbpolicies</c>: named measured-boot reference states.</summary>
internal static class MeasuredBootPolicyEndpoints
{
    public static IEndpointRouteBuilder MapMeasuredBootPolicies(this IEndpointRouteBuilder api)
    {
        var policies = api.MapGroup("/v2/mbpolicies").RequireAdmin();
        policies.MapGet("/", async (IPolicyStore store, CancellationToken ct) =>
            Answers.Ok(new MeasuredBootPolicyListResponse(await store.ListNamesAsync(PolicyKind.MeasuredBoot, ct))));
        policies.MapGet("/{name}", GetAsync);
        policies.MapPost("/{name}", AddAsync);
        policies.MapPut("/{name}", UpdateAsync);
        policies.MapDelete("/{name}", (string name, IPolicyStore store, CancellationToken ct) =>
            PolicyAnswers.DeleteAsync(PolicyKind.MeasuredBoot, "Measured boot policy", name, store, ct));
        return api;
    }

    private static async Task<IResult> GetAsync(string name, IPolicyStore store, CancellationToken ct) =>
        await store.FindAsync(PolicyKind.MeasuredBoot, name, ct) is { } policy
            ? Answers.Ok(new MeasuredBootPolicyResponse(policy.Name, policy.Text ?? ""))
            : Answers.Error(404, $"Measured boot policy {name} not found");

    private static async Task<IResult> AddAsync(
        HttpContext context, string name, UploadedPolicies uploads, VerifierOptions options, IPolicyStore store, CancellationToken ct)
    {
        var read = await ReadAsync(context, name, uploads, options);
        if (read.Policy is not { } policy) return read.Refusal!;
        return await store.AddAsync(PolicyKind.MeasuredBoot, policy, ct)
            ? Answers.Created()
            : Answers.Error(409, $"Measured boot policy with name {name} already exists");
    }

    // 409 where 404 would say it: upstream's answer.
    private static async Task<IResult> UpdateAsync(
        HttpContext context, string name, UploadedPolicies uploads, VerifierOptions options, IPolicyStore store, CancellationToken ct)
    {
        var read = await ReadAsync(context, name, uploads, options);
        if (read.Policy is not { } policy) return read.Refusal!;
        return await store.UpdateAsync(PolicyKind.MeasuredBoot, policy, ct)
            ? Answers.Created()
            : Answers.Error(409, $"Measured boot policy with name {name} does not exist");
    }

    private static async Task<UploadedPolicy> ReadAsync(HttpContext context, string name, UploadedPolicies uploads, VerifierOptions options)
    {
        if (!PolicyAnswers.IsName(name)) return new(null, Answers.Error(400, "Measured boot policy name is not valid"));
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.MeasuredBootPolicyRequest, options.MaxUploadBytes);
        if (!body.IsGood) return new(null, body.Refusal);
        return body.Body.Value.MbPolicy is { Length: > 0 } text
            ? uploads.ReadMeasuredBoot(name, text)
            : new(null, Answers.Error(400, "Member 'mb_policy' is missing or empty"));
    }
}
