using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary>The policies of an agent, read, checked and in wire form. Several agents share one.</summary>
internal sealed record AgentPolicies
{
    /// <summary>PCRs that boot logs explain: 0-9 and 11-15.</summary>
    private const uint MeasuredBootPcrs = 0xFBFF;
    private const uint ImaPcr = 1 << 10;

    public required string TpmPolicy { get; init; }
    public string RuntimePolicy { get; init; } = "";
    public string RuntimePolicyKey { get; init; } = "";
    public string RuntimePolicyName { get; init; } = "";
    public string? MeasuredBootPolicy { get; init; }
    public string MeasuredBootPolicyName { get; init; } = "";
    public string ImaVerificationKeys { get; init; } = "";

    /// <summary>Reads the files. Naming or giving a policy makes its PCRs part of every quote.</summary>
    public static async Task<AgentPolicies> ReadAsync(PolicyArguments arguments, TenantConfig config, TextWriter log, CancellationToken ct)
    {
        var pcrs = TpmPolicyText.Parse(arguments.TpmPolicy ?? "{}");
        var runtime = await RuntimePolicyDocument.ReadAsync(arguments, config.RequestTimeout, log, ct);
        if (runtime is not null) pcrs.Reserve(ImaPcr, "IMA");
        var measuredBoot = MeasuredBootPolicyText.Read(arguments.MeasuredBootPolicyFile, config);
        if (measuredBoot is not null) pcrs.Reserve(MeasuredBootPcrs, "measured boot");
        if (arguments.RuntimePolicyName is not null || arguments.VerificationKeyFiles.Count > 0) pcrs.Include(ImaPcr);
        if (arguments.MeasuredBootPolicyName is not null) pcrs.Include(MeasuredBootPcrs);
        return new()
        {
            TpmPolicy = pcrs.ToJson(),
            RuntimePolicy = runtime is null ? "" : Convert.ToBase64String(runtime.Text),
            RuntimePolicyKey = runtime is null ? "" : Convert.ToBase64String(runtime.SignatureKey),
            RuntimePolicyName = arguments.RuntimePolicyName ?? "",
            MeasuredBootPolicy = measuredBoot,
            MeasuredBootPolicyName = arguments.MeasuredBootPolicyName ?? "",
            ImaVerificationKeys = arguments.VerificationKeyFiles.Count > 0 ? ImaKeyring.ReadFiles(arguments.VerificationKeyFiles) : "",
        };
    }
}
