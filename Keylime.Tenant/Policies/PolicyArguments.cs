namespace Keylime.Tenant.Policies;

/// <summary>What the command line says of policies: files, addresses and names, unread.</summary>
internal sealed record PolicyArguments
{
    public string? TpmPolicy { get; init; }
    public string? RuntimePolicyFile { get; init; }
    public string? RuntimePolicyUrl { get; init; }
    public string? RuntimePolicyChecksum { get; init; }
    public string? RuntimePolicySignatureKeyFile { get; init; }
    public string? RuntimePolicyName { get; init; }
    /// <summary>Old lists, converted on the fly.</summary>
    public string? AllowlistFile { get; init; }
    public string? ExcludeFile { get; init; }
    public IReadOnlyList<string> VerificationKeyFiles { get; init; } = [];
    /// <summary>A file, or <c>default</c> for the configured one.</summary>
    public string? MeasuredBootPolicyFile { get; init; }
    public string? MeasuredBootPolicyName { get; init; }
}
