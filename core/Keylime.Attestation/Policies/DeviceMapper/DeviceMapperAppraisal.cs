using Keylime.Attestation.Ima.DeviceMapper;

namespace Keylime.Attestation.Policies.DeviceMapper;

/// <summary>Follows the block devices of one machine through its measurements. Serves one list at a time.</summary>
public sealed class DeviceMapperAppraisal
{
    private readonly DeviceMapperPolicy _policy;
    private readonly ExpressionBudget _budget;
    private List<AttestationFailure> _failures = [];
    private long _entry;
    private string _kind = "";

    /// <summary>Goes on from the state that earlier entries led to.</summary>
    /// <remarks>What is found when the budget is spent counts for nothing: ask it.</remarks>
    public DeviceMapperAppraisal(DeviceMapperPolicy policy, DeviceMapperState start, ExpressionBudget budget) => (_policy, State, _budget) = (policy, start, budget);

    /// <summary>The devices now.</summary>
    public DeviceMapperState State { get; private set; }

    /// <summary>Judges one measured buffer, which has to hash to its digest already.</summary>
    /// <param name="entry">0-based number of the entry.</param>
    /// <param name="kind">Name of the buffer.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="digest">The entry's digest, <c>sha256:</c> and lower-case hex: the hash of a table, when it is one.</param>
    /// <returns>What is wrong; empty when nothing is.</returns>
    public IReadOnlyList<AttestationFailure> Appraise(long entry, string kind, ReadOnlySpan<byte> buffer, string digest)
    {
        (_failures, _entry, _kind) = ([], entry, kind);
        if (!DeviceMapperEvent.TryParse(kind, buffer, out var parsed, out var fault)) return [AttestationFailure.DeviceMapperMalformed(entry, kind, fault)];
        var key = parsed.Device.GetValueOrDefault(_policy.MatchOn);
        if (kind == "dm_table_load") Load(parsed, key!, digest);
        else if (key is null || !State.Devices.TryGetValue(key, out var device)) Fail(UnknownDevice(kind), "concerns a device whose table was not loaded", seen: key);
        else if (_policy.FindRule(device.Rule) is not { } rule) Fail("no_matching_policy", "concerns a device whose rule is not in the policy any more", expected: device.Rule);
        else Follow(parsed, key, device, rule);
        return _failures;
    }

    /// <summary>What would be wrong if no entries followed: devices that lack a step, and required rules that no device satisfies. Attestation does not ask, as
    /// Keylime's does not: a machine that is starting has not set up its devices yet.</summary>
    public IReadOnlyList<AttestationFailure> FindUnfinished()
    {
        var unfinished = State.Devices.Where(device => !device.Value.IsValid).Select(device => AttestationFailure.DeviceMapperUnfinished("device_invalid_state", device.Key));
        var used = State.Devices.Values.Where(device => device.IsValid).Select(device => device.Rule).ToHashSet();
        var unused = _policy.Rules.Where(rule => rule.IsRequired && !used.Contains(rule.Name)).Select(rule => AttestationFailure.DeviceMapperUnfinished("required_policy_not_in_use", rule.Name));
        return [.. unfinished, .. unused];
    }

    private static string UnknownDevice(string kind) => kind switch
    {
        "dm_device_resume" => "resume_before_table_load",
        "dm_device_remove" => "remove_before_table_load",
        "dm_table_clear" => "clear_before_table_load",
        "dm_device_rename" => "rename_before_table_load",
        _ => "update_before_table_load",
    };

    private void Follow(DeviceMapperEvent parsed, string key, DeviceMapperDevice device, DeviceMapperRule rule)
    {
        switch (_kind)
        {
            case "dm_device_resume":
                Resume(parsed, key, device);
                break;
            case "dm_device_remove" when rule.MayBeRemoved:
                State = State.Without(key);
                break;
            case "dm_device_remove":
                Spoil(key, device, "device_removed", "removes a device that must stay");
                break;
            case "dm_table_clear" when !rule.MayBeCleared:
                Spoil(key, device, "table_cleared", "clears a table that must stay");
                break;
            case "dm_device_rename":
                Rename(parsed, key, device, rule);
                break;
            case "dm_target_update":
                Update(parsed.Targets[0], rule);
                break;
        }
    }

    private void Load(DeviceMapperEvent parsed, string key, string digest)
    {
        if (State.Devices.TryGetValue(key, out var known) && _policy.FindRule(known.Rule) is not { MayBeLoadedAgain: true })
            Fail("multiple_table_loads", "loads a table for a device that has one", seen: key);
        else if (_policy.FindRuleFor(key, _budget) is not { } rule) Fail("no_matching_policy", "loads a table that no rule is for", seen: key);
        else if (State.Devices.Count >= DeviceMapperState.MaxDevices && known is null) Fail("too_many_devices", $"is about one of more than {DeviceMapperState.MaxDevices} devices");
        else if (IsTableOf(parsed, rule))
        {
            foreach (var (target, expected) in parsed.Targets.Zip(rule.Targets)) CompareTarget(target, expected);
            // A device that must be activated is not in order until it is.
            State = State.With(key, new(rule.Name, digest, IsActive: false, IsValid: !rule.MustResume));
        }
    }

    private bool IsTableOf(DeviceMapperEvent parsed, DeviceMapperRule rule)
    {
        foreach (var member in DeviceMapperRule.TableMembers)
        {
            if (rule.Table[member].Accepts(parsed.Device[member], _budget)) continue;
            Fail("invalid_entry", $"has a {member} that the rule {rule.Name} does not allow", rule.Table[member].ToString(), parsed.Device[member]);
            return false;
        }
        // Long tables are measured in parts. That is refused as in Keylime: a part by itself satisfies no rule.
        if (parsed.Targets.Count == rule.Targets.Count && parsed.Device["num_targets"] == $"{parsed.Targets.Count}") return true;
        Fail("num_targets_mismatch", "does not have as many targets as it says, or as the rule calls for", $"{rule.Targets.Count}", $"{parsed.Targets.Count}");
        return false;
    }

    private void Resume(DeviceMapperEvent parsed, string key, DeviceMapperDevice device)
    {
        var table = parsed.Members.GetValueOrDefault("active_table_hash");
        if (device.IsActive) Spoil(key, device, "already_active", "activates a device that is active");
        else if (table != device.TableHash) Spoil(key, device, "active_table_mismatch", "activates another table than was loaded", device.TableHash, table);
        else State = State.With(key, device with { IsActive = true, IsValid = true });
    }

    private void Rename(DeviceMapperEvent parsed, string key, DeviceMapperDevice device, DeviceMapperRule rule)
    {
        key = Rename(parsed, key, device, "name", rule.NewName);
        Rename(parsed, key, State.Devices[key], "uuid", rule.NewUuid);
    }

    private string Rename(DeviceMapperEvent parsed, string key, DeviceMapperDevice device, string member, ReferenceValue allowed)
    {
        var renamed = parsed.Members[$"new_{member}"];
        if (renamed == parsed.Device[member]) return key;
        if (!allowed.Accepts(renamed, _budget)) Spoil(key, device, $"new_{member}_invalid", $"gives a device another {member} than it may have", allowed.ToString(), renamed);
        else if (_policy.MatchOn == member)
        {
            State = State.Without(key).With(renamed, device);
            return renamed;
        }
        return key;
    }

    private void Update(IReadOnlyDictionary<string, string> target, DeviceMapperRule rule)
    {
        var expected = int.TryParse(target["target_index"], out var index) && index >= 0 && index < rule.Targets.Count ? rule.Targets[index] : null;
        if (expected is null) Fail("target_data_invalid", "changes a target that the rule does not have", seen: target["target_index"]);
        else CompareTarget(target, expected);
    }

    private void CompareTarget(IReadOnlyDictionary<string, string> target, IReadOnlyDictionary<string, ReferenceValue> expected)
    {
        var isValid = true;
        foreach (var (member, reference) in expected)
        {
            if (!target.TryGetValue(member, out var value)) Fail("target_attribute_not_found", $"lacks the target's {DisplayText.Of(member)}", reference.ToString());
            else if (!reference.Accepts(value, _budget))
            {
                Fail("target_data_mismatch", $"has a target whose {DisplayText.Of(member)} is not allowed", reference.ToString(), value);
                isValid = false;
            }
        }
        if (!isValid) Fail("target_data_invalid", "has a target that is not allowed");
    }

    private void Spoil(string key, DeviceMapperDevice device, string fault, string detail, string? expected = null, string? seen = null)
    {
        State = State.With(key, device with { IsValid = false });
        Fail(fault, detail, expected, seen ?? key);
    }

    private void Fail(string fault, string detail, string? expected = null, string? seen = null) =>
        _failures.Add(AttestationFailure.DeviceMapper(_entry, _kind, fault, detail, expected, seen));
}
