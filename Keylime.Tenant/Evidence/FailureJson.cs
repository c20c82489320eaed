using System.Text.Json.Nodes;
using Keylime.Attestation;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Evidence;

/// <summary>Failures as the verbs write them: members that do not apply are left out.</summary>
internal static class FailureJson
{
    public static JsonObject Of(AttestationFailure failure)
    {
        var json = new JsonObject { ["eventId"] = failure.EventId, ["severity"] = SeverityPolicy.Default.Assess([failure]).Label, ["detail"] = failure.Detail };
        Add(json, "member", failure.Member);
        if (failure.Offset is { } offset) json["offset"] = offset;
        if (failure.Entry is { } entry) json["entry"] = entry;
        Add(json, "path", failure.Path);
        Add(json, "eventType", failure.EventType);
        if (failure.Pcr is { } pcr) json["pcr"] = pcr;
        Add(json, "expected", failure.Expected);
        Add(json, "seen", failure.Seen);
        return json;
    }

    public static JsonObject Of(PolicyFault fault) => new() { ["member"] = fault.Path, ["detail"] = fault.Detail };

    private static void Add(JsonObject json, string name, string? value)
    {
        if (value is not null) json[name] = value;
    }
}
