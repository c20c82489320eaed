using System.Text.Json;
using Keylime.Attestation.Ima.DeviceMapper;

namespace Keylime.Attestation.Policies.DeviceMapper;

/// <summary>Reads a device-mapper policy. The first fault sticks and names its JSON path.</summary>
internal sealed class DeviceMapperPolicyReader
{
    private const int MaxRules = 1024;
    private const int MaxTargets = 256;

    public PolicyFault? Fault { get; private set; }

    public DeviceMapperPolicy Read(JsonElement root, string path)
    {
        if (RepeatedNames.Find(root, path) is { } repeated) Fail(repeated, "occurs twice");
        var matchOn = Member(root, path, "match_on", JsonValueKind.String) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
        if (matchOn is not ("name" or "uuid")) Fail($"{path}.match_on", "is neither name nor uuid");
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("version", out var version) && (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 1))
            Fail($"{path}.version", "is not 1");
        var rules = new List<DeviceMapperRule>();
        if (Member(root, path, "rules", JsonValueKind.Object) is { ValueKind: JsonValueKind.Object } members)
            foreach (var member in members.EnumerateObject())
            {
                var rulePath = $"{path}.rules['{DisplayText.Of(member.Name)}']";
                if (rules.Count == MaxRules || member.Name.Length > DeviceMapperEvent.MaxValueLength) Fail(rulePath, $"is one of more than {MaxRules} rules, or has too long a name");
                if (Fault is not null) break;
                rules.Add(ReadRule(member.Name, member.Value, rulePath));
            }
        return new(matchOn, rules);
    }

    private DeviceMapperRule ReadRule(string name, JsonElement rule, string path)
    {
        var table = Member(rule, path, "table_load", JsonValueKind.Object);
        var rename = Member(rule, path, "device_rename", JsonValueKind.Object);
        var read = new DeviceMapperRule(name)
        {
            IsRequired = ReadFlag(rule, path, "required"),
            MustResume = ReadFlag(rule, path, "device_resume_required"),
            MayBeRemoved = ReadFlag(Member(rule, path, "device_remove", JsonValueKind.Object), $"{path}.device_remove", "allow_removal"),
            MayBeCleared = ReadFlag(rule, path, "allow_clear"),
            MayBeLoadedAgain = ReadFlag(table, $"{path}.table_load", "allow_multiple_loads"),
            NewName = ReadValue(rename, $"{path}.device_rename", "valid_name"),
            NewUuid = ReadValue(rename, $"{path}.device_rename", "valid_uuid"),
            Table = DeviceMapperRule.TableMembers.ToDictionary(member => member, member => ReadValue(table, $"{path}.table_load", member)),
            Targets = ReadTargets(table, $"{path}.table_load"),
        };
        if (Fault is null && !read.Table["num_targets"].AcceptsAtOnce($"{read.Targets.Count}")) Fail($"{path}.table_load.num_targets", "is not the number of targets, or looks around");
        return read;
    }

    private List<IReadOnlyDictionary<string, ReferenceValue>> ReadTargets(JsonElement table, string path)
    {
        var targets = new List<IReadOnlyDictionary<string, ReferenceValue>>();
        var list = Member(table, path, "targets", JsonValueKind.Array);
        if (Fault is not null) return targets;
        foreach (var target in list.EnumerateArray())
        {
            var targetPath = $"{path}.targets[{targets.Count}]";
            var values = new Dictionary<string, ReferenceValue>();
            if (target.ValueKind != JsonValueKind.Object || targets.Count == MaxTargets) Fail(targetPath, $"is not an object, or one of more than {MaxTargets}");
            if (Fault is not null) break;
            foreach (var member in target.EnumerateObject())
                values[member.Name] = ReadValue(member.Value, $"{targetPath}['{DisplayText.Of(member.Name)}']");
            targets.Add(values);
        }
        return targets;
    }

    private bool ReadFlag(JsonElement parent, string path, string name)
    {
        var flag = parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : default;
        if (flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) Fail($"{path}.{name}", "is not true or false");
        return flag.ValueKind == JsonValueKind.True;
    }

    private ReferenceValue ReadValue(JsonElement parent, string path, string name)
    {
        if (parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)) return ReadValue(value, $"{path}.{name}");
        Fail($"{path}.{name}", "is missing");
        return ReferenceValue.Nothing;
    }

    private ReferenceValue ReadValue(JsonElement element, string path)
    {
        if (ReferenceValue.TryRead(element, path, out var value)) return value;
        Fail(path, "is not an expression, a whole number, true, false or null");
        return ReferenceValue.Nothing;
    }

    private JsonElement Member(JsonElement parent, string path, string name, JsonValueKind kind)
    {
        var member = parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var found) ? found : default;
        if (member.ValueKind != kind) Fail($"{path}.{name}", kind == JsonValueKind.String ? "is not a text" : kind == JsonValueKind.Array ? "is not a list" : "is not an object");
        return member;
    }

    private void Fail(string path, string detail) => Fault ??= new(path, detail);
}
