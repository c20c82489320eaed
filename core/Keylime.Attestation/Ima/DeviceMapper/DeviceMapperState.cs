using System.Collections.Immutable;

namespace Keylime.Attestation.Ima.DeviceMapper;

/// <summary>What is known of one device after the entries so far.</summary>
/// <param name="Rule">Name of the policy's rule that its table satisfied.</param>
/// <param name="TableHash">Hash of its table, <c>sha256:</c> and hex.</param>
/// <param name="IsActive">Whether the table was activated.</param>
/// <param name="IsValid">Whether everything that the rule calls for has happened, and nothing that it forbids.</param>
public sealed record DeviceMapperDevice(string Rule, string TableHash, bool IsActive, bool IsValid);

/// <summary>The devices that a list's entries so far have set up, by name or UUID as the policy has it. Immutable.</summary>
public sealed class DeviceMapperState
{
    /// <summary>Most devices of a machine.</summary>
    internal const int MaxDevices = 1024;

    private DeviceMapperState(ImmutableSortedDictionary<string, DeviceMapperDevice> devices) => Devices = devices;

    /// <summary>No devices.</summary>
    public static DeviceMapperState Empty { get; } = new(ImmutableSortedDictionary.Create<string, DeviceMapperDevice>(StringComparer.Ordinal));

    /// <summary>The devices.</summary>
    public IReadOnlyDictionary<string, DeviceMapperDevice> Known => Devices;

    internal ImmutableSortedDictionary<string, DeviceMapperDevice> Devices { get; }

    internal DeviceMapperState With(string key, DeviceMapperDevice device) => new(Devices.SetItem(key, device));

    internal DeviceMapperState Without(string key) => new(Devices.Remove(key));
}
