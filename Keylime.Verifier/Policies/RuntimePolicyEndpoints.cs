using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Verifier.Policies;

/// <summary><c>/allowlists</c>: named runtime policies.</summary>
internal static class RuntimePolicyEndpoints
{
    public static IEndpointRouteBuilder MapRuntimePolicies(this IEndpointRouteBuilder api)
    {
        var policies = api.MapGroup("/v2/allowlists").RequireAdmin();
        policies.MapGet("/", async (IPolicyStore store, CancellationToken ct) =>
            Answers.Ok(new RuntimePolicyListResponse(await store.ListNamesAsync(PolicyKind.Runtime, ct))));
        policies.MapGet("/{name}", GetAsync);
        policies.MapPost("/{name}", AddAsync);
        policies.MapPut("/{name}", UpdateAsync);
        policies.MapDelete("/{name}", (string name, IPolicyStore store, CancellationToken ct) =>
            PolicyAnswers.DeleteAsync(PolicyKind.Runtime, "Runtime policy", name, store, ct));
        return api;
    }

    private static async Task<IResult> GetAsync(string name, IPolicyStore store, CancellationToken ct) =>
        await store.FindAsync(PolicyKind.Runtime, name, ct) is { } policy
            ? Answers.Ok(new RuntimePolicyResponse(policy.Name, TmpPolicy: null, policy.Text ?? ""))
            : NotFound(name);

    private static async Task<IResult> AddAsync(
        HttpContext context, string name, UploadedPolicies uploads, VerifierOptions options, IPolicyStore store, CancellationToken ct)
    {
        var read = await ReadAsync(context, name, uploads, options);
        if (read.Policy is not { } policy) return read.Refusal!;
        return await store.AddAsync(PolicyKind.Runtime, policy, ct) ? Answers.Created() : Answers.Error(409, $"Runtime policy with name {name} already exists");
    }

    private static async Task<IResult> UpdateAsync(
        HttpContext context, string name, UploadedPolicies uploads, VerifierOptions options, IPolicyStore store, CancellationToken ct)
    {
        var read = await ReadAsync(context, name, uploads, options);
        if (read.Policy is not { } policy) return read.Refusal!;
        return await store.UpdateAsync(PolicyKind.Runtime, policy, ct) ? Answers.Created() : NotFound(name);
    }

    private static async Task<UploadedPolicy> ReadAsync(HttpContext context, string name, UploadedPolicies uploads, VerifierOptions options)
    {
        if (!PolicyAnswers.IsName(name)) return new(null, Answers.Error(400, "Runtime policy name is not valid"));
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.RuntimePolicyRequest, options.MaxUploadBytes);
        if (!body.IsGood) return new(null, body.Refusal);
        return body.Body.Value.RuntimePolicy is { Length: > 0 } text
            ? uploads.ReadRuntime(name, text, body.Body.Value.RuntimePolicyKey)
            : new(null, Answers.Error(400, "Member 'runtime_policy' is missing or empty"));
    }

    private static IResult NotFound(string name) => Answers.Error(404, $"Runtime policy {name} not found");
}
