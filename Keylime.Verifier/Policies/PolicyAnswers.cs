using Keylime.Attestation.Agents;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Verifier.Policies;

/// <summary>What both kinds of named policies have in common.</summary>
internal static class PolicyAnswers
{
    private const int MaxNameLength = 255;

    public static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && !name.Any(char.IsControl);

    public static async Task<IResult> DeleteAsync(PolicyKind kind, string what, string name, IPolicyStore store, CancellationToken ct) =>
        await store.DeleteAsync(kind, name, ct) switch
        {
            { UsedBy: { } agent } => Answers.Error(409, $"{what} {name} is used by agent {agent}"),
            { Deleted: true } => Answers.NoContent(),
            _ => Answers.Error(404, $"{what} {name} not found"),
        };
}
