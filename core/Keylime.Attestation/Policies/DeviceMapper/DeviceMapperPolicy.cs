using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Keylime.Attestation.Ima.DeviceMapper;

namespace Keylime.Attestation.Policies.DeviceMapper;

/// <summary>Which block devices the device mapper may set up, and what may become of them: <c>dm_policy</c> of a runtime policy. Immutable.</summary>
public sealed class DeviceMapperPolicy
{
    internal DeviceMapperPolicy(string matchOn, IReadOnlyList<DeviceMapperRule> rules) => (MatchOn, Rules) = (matchOn, rules);

    /// <summary>What devices are known by: <c>name</c> or <c>uuid</c>.</summary>
    public string MatchOn { get; }

    internal IReadOnlyList<DeviceMapperRule> Rules { get; }

    internal DeviceMapperRule? FindRule(string name) => Rules.FirstOrDefault(rule => rule.Name == name);

    /// <summary>The first rule whose table is for a device of this name or UUID.</summary>
    internal DeviceMapperRule? FindRuleFor(string deviceKey, ExpressionBudget budget) => Rules.FirstOrDefault(rule => rule.Table[MatchOn].Accepts(deviceKey, budget));

    /// <summary>Reads the JSON object.</summary>
    /// <param name="root">The object.</param>
    /// <param name="path">Where it stands, for faults.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="fault">What is wrong, and where.</param>
    public static bool TryRead(JsonElement root, string path, [NotNullWhen(true)] out DeviceMapperPolicy? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        var reader = new DeviceMapperPolicyReader();
        var read = reader.Read(root, path);
        fault = reader.Fault;
        policy = fault is null ? read : null;
        return policy is not null;
    }
}

/// <summary>One rule: a table, and what may happen to a device that has it.</summary>
internal sealed record DeviceMapperRule(string Name)
{
    /// <summary>Members of a table's device that a rule says something of.</summary>
    public static readonly string[] TableMembers = ["name", "uuid", "major", "minor", "minor_count", "num_targets"];

    public required bool IsRequired { get; init; }
    public required bool MustResume { get; init; }
    public required bool MayBeRemoved { get; init; }
    public required bool MayBeCleared { get; init; }
    public required bool MayBeLoadedAgain { get; init; }
    public required ReferenceValue NewName { get; init; }
    public required ReferenceValue NewUuid { get; init; }
    public required IReadOnlyDictionary<string, ReferenceValue> Table { get; init; }
    public required IReadOnlyList<IReadOnlyDictionary<string, ReferenceValue>> Targets { get; init; }
}
