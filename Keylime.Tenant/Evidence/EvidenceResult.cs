using System.Text.Json.Nodes;
using Keylime.Attestation;

namespace Keylime.Tenant.Evidence;

/// <summary>What a verb found.</summary>
/// <param name="Verdict">What became of it: see <see cref="Trusted"/> and its neighbours.</param>
/// <param name="Failures">Why it is not trusted, in the order of the checks.</param>
/// <param name="FailureCount">How many failures there are, those that were cut included.</param>
/// <param name="Details">What else there is to say.</param>
internal sealed record EvidenceResult(string Verdict, IReadOnlyList<JsonObject> Failures, int FailureCount, JsonObject Details)
{
    public const string Trusted = "trusted";
    public const string NotTrusted = "not trusted";
    /// <summary>Nothing is wrong, but the IMA list is not that of this boot from its beginning: the agent is to be asked again.</summary>
    public const string AskAgain = "ask again";
    /// <summary>Nothing was judged: something was shown or made.</summary>
    public const string Done = "done";
    /// <summary>An input, or a line of a batch, could not be read.</summary>
    public const string Unreadable = "unreadable";

    private const int MaxErrorLength = 1000;

    public int ExitCode => Verdict switch
    {
        Trusted or Done => ExitCodes.Done,
        NotTrusted or AskAgain => ExitCodes.NotTrusted,
        _ => ExitCodes.Usage,
    };

    public static EvidenceResult Judge(IReadOnlyList<AttestationFailure> failures, JsonObject details, int? count = null) =>
        Conclude([.. failures.Select(FailureJson.Of)], details, count ?? failures.Count);

    /// <summary>A judgement for which Keylime has no event.</summary>
    public static EvidenceResult JudgeFault(JsonObject? fault, JsonObject details) => JudgeFaults(fault is null ? [] : [fault], details);

    /// <summary>As <see cref="JudgeFault"/>, of several things.</summary>
    public static EvidenceResult JudgeFaults(IReadOnlyList<JsonObject> faults, JsonObject details) => Conclude(faults, details, faults.Count);

    /// <summary>Neither trusted nor a failure: what is left to be judged has to be asked for.</summary>
    public static EvidenceResult Postpone(JsonObject details) => new(AskAgain, [], 0, details);

    public static EvidenceResult Make(JsonObject details) => new(Done, [], 0, details);

    /// <summary>Errors quote what they are about, which may be long: they are cut.</summary>
    public static EvidenceResult CannotRead(string error) => new(Unreadable, [], 0, new() { ["error"] = error.Length <= MaxErrorLength ? error : Cut(error) });

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["verdict"] = Verdict };
        if (Verdict is Trusted or NotTrusted or AskAgain)
        {
            json["failureCount"] = FailureCount;
            json["failures"] = new JsonArray([.. Failures]);
        }
        foreach (var (name, value) in Details) json[name] = value?.DeepClone();
        return json;
    }

    private static string Cut(string error) => $"{error.AsSpan(0, char.IsHighSurrogate(error[MaxErrorLength - 1]) ? MaxErrorLength - 1 : MaxErrorLength)}…";

    private static EvidenceResult Conclude(IReadOnlyList<JsonObject> failures, JsonObject details, int count) =>
        new(count == 0 ? Trusted : NotTrusted, failures, count, details);
}
