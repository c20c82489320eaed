using Keylime.Attestation.Ima;

namespace Keylime.Attestation.Policies;

/// <summary>What an IMA list is judged by.</summary>
/// <param name="Policy">Files, keys and buffers; null to replay the list without judging files.</param>
/// <param name="Keys">Keys that verify file signatures, besides those learned from the list.</param>
/// <param name="ViolationsFail">Whether a violation is a failure.</param>
/// <param name="Budget">What the policy's expressions may take.</param>
internal readonly record struct ImaRules(RuntimePolicy? Policy, ImaKeyring Keys, bool ViolationsFail, ExpressionBudget Budget)
{
    /// <summary>Digests that <c>boot_aggregate</c> may have besides those that the policy lists: from a boot log that was found true.</summary>
    public IReadOnlyList<byte[]> BootAggregates { get; init; } = [];
}
