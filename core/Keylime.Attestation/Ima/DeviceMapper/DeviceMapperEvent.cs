using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Keylime.Attestation.Ima.DeviceMapper;

/// <summary>What the kernel's device mapper measured: a table that was loaded, or what became of the device.</summary>
/// <remarks>Linux, Documentation/admin-guide/device-mapper/dm-ima.rst. Attributes of targets are kept as they come: which of them count, the policy says.</remarks>
public sealed class DeviceMapperEvent
{
    /// <summary>Longest name, UUID or attribute, in characters; the kernel's own are below 130.</summary>
    internal const int MaxValueLength = 1024;

    private DeviceMapperEvent(string kind) => Kind = kind;

    /// <summary>Name of the buffer: <c>dm_table_load</c> and alike.</summary>
    public string Kind { get; }
    /// <summary>The device: <c>name</c>, <c>uuid</c> and, unless there was no table to tell of, <c>major</c>, <c>minor</c>, <c>minor_count</c>, <c>num_targets</c>.
    /// Empty when the event names none.</summary>
    public IReadOnlyDictionary<string, string> Device { get; private set; } = Empty;
    /// <summary>The table's targets in order, <c>target_index</c> and so on.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Targets => _targets;
    /// <summary>Members of the event itself, such as <c>active_table_hash</c> or <c>new_name</c>.</summary>
    public IReadOnlyDictionary<string, string> Members => _members;

    private static readonly Dictionary<string, string> Empty = [];
    private static readonly string[] DeviceFields = ["name", "uuid", "major", "minor", "minor_count", "num_targets"];
    private static readonly string[] TargetFields = ["target_index", "target_begin", "target_len", "target_name", "target_version"];

    private readonly List<IReadOnlyDictionary<string, string>> _targets = [];
    private readonly Dictionary<string, string> _members = [];

    /// <summary>Whether a measured buffer of this name is the device mapper's.</summary>
    public static bool IsKind(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("dm_table_load"u8) || name.SequenceEqual("dm_device_resume"u8) || name.SequenceEqual("dm_device_remove"u8)
        || name.SequenceEqual("dm_table_clear"u8) || name.SequenceEqual("dm_device_rename"u8) || name.SequenceEqual("dm_target_update"u8);

    /// <summary>Parses a measured buffer; on failure <paramref name="fault"/> says why, for people.</summary>
    public static bool TryParse(string kind, ReadOnlySpan<byte> buffer, [NotNullWhen(true)] out DeviceMapperEvent? parsed, [NotNullWhen(false)] out string? fault)
    {
        parsed = null;
        if (!Utf8.IsValid(buffer)) fault = "is not UTF-8";
        // Strings of fixed size come with the zeros that fill them.
        else if (!DeviceMapperText.TrySplit(Encoding.UTF8.GetString(buffer).Replace("\0", "", StringComparison.Ordinal), out var groups, out fault)) { }
        else
        {
            var read = new DeviceMapperEvent(kind);
            fault = read.Read(groups) ?? read.FindMissing();
            parsed = fault is null ? read : null;
        }
        return parsed is not null;
    }

    private string? Read(List<DeviceMapperText.Group> groups)
    {
        if (groups is not [{ Names: ["dm_version"] }, ..]) return "does not begin with dm_version";
        foreach (var group in groups.Skip(1))
        {
            var fields = group.ToDictionary();
            if (fields is null) return $"names {DisplayText.Of(group.Names[0])} or what follows it twice";
            if (group.Names[0] == "name")
            {
                if (!group.Names.SequenceEqual(DeviceFields) && !group.Names.SequenceEqual(DeviceFields[..2])) return "describes a device by other members than it should";
                // Of a device with two tables the active one comes first, and it is what the event is about.
                if (Device.Count == 0) Device = fields;
            }
            else if (group.Names[0] == "target_index")
            {
                if (!group.Names.Take(TargetFields.Length).SequenceEqual(TargetFields)) return "describes a target by other members than it should";
                _targets.Add(fields);
            }
            else
                foreach (var (name, value) in fields)
                    if (!_members.TryAdd(name, value)) return $"names {DisplayText.Of(name)} twice";
        }
        return null;
    }

    private string? FindMissing()
    {
        var mayHaveTargets = Kind is "dm_table_load" or "dm_target_update";
        return Kind switch
        {
            "dm_table_load" when Targets.Count == 0 => "has no target",
            "dm_target_update" when Targets.Count != 1 => "is not about one target",
            "dm_device_rename" when !Members.ContainsKey("new_name") || !Members.ContainsKey("new_uuid") => "lacks the new name or UUID",
            "dm_device_resume" when !Members.ContainsKey("active_table_hash") && !Members.ContainsKey("device_resume") => "lacks the table's hash",
            "dm_device_remove" when !Members.ContainsKey("remove_all") => "lacks remove_all",
            _ when mayHaveTargets && Device.Count != DeviceFields.Length => "lacks the device",
            _ when Device.Count == 0 && Kind != "dm_device_remove" => "lacks the device",
            _ when !mayHaveTargets && (Targets.Count > 0 || !Members.ContainsKey("current_device_capacity")) => "has targets, or lacks the device's capacity",
            _ => null,
        };
    }
}
