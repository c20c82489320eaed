using System.Globalization;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Type of a boot event.</summary>
/// <remarks>TCG PC Client Platform Firmware Profile, table "Events". The type is not covered by the digest: whoever can edit the log may relabel an event.
/// Rules decide on digest and PCR, and believe the type only as far as the digest fits the data.</remarks>
public enum BootEventType : uint
{
    /// <summary>EV_PREBOOT_CERT.</summary>
    PrebootCert = 0x0,
    /// <summary>EV_POST_CODE.</summary>
    PostCode = 0x1,
    /// <summary>EV_NO_ACTION: says something, extends nothing.</summary>
    NoAction = 0x3,
    /// <summary>EV_SEPARATOR: the end of the firmware's part of a PCR.</summary>
    Separator = 0x4,
    /// <summary>EV_ACTION.</summary>
    Action = 0x5,
    /// <summary>EV_EVENT_TAG.</summary>
    EventTag = 0x6,
    /// <summary>EV_S_CRTM_CONTENTS.</summary>
    SCrtmContents = 0x7,
    /// <summary>EV_S_CRTM_VERSION.</summary>
    SCrtmVersion = 0x8,
    /// <summary>EV_CPU_MICROCODE.</summary>
    CpuMicrocode = 0x9,
    /// <summary>EV_PLATFORM_CONFIG_FLAGS.</summary>
    PlatformConfigFlags = 0xA,
    /// <summary>EV_TABLE_OF_DEVICES.</summary>
    TableOfDevices = 0xB,
    /// <summary>EV_COMPACT_HASH.</summary>
    CompactHash = 0xC,
    /// <summary>EV_IPL: what boot loaders measure.</summary>
    Ipl = 0xD,
    /// <summary>EV_IPL_PARTITION_DATA.</summary>
    IplPartitionData = 0xE,
    /// <summary>EV_NONHOST_CODE.</summary>
    NonhostCode = 0xF,
    /// <summary>EV_NONHOST_CONFIG.</summary>
    NonhostConfig = 0x10,
    /// <summary>EV_NONHOST_INFO.</summary>
    NonhostInfo = 0x11,
    /// <summary>EV_OMIT_BOOT_DEVICE_EVENTS.</summary>
    OmitBootDeviceEvents = 0x12,
    /// <summary>EV_POST_CODE2.</summary>
    PostCode2 = 0x13,
    /// <summary>EV_EFI_VARIABLE_DRIVER_CONFIG: Secure Boot variables.</summary>
    EfiVariableDriverConfig = 0x80000001,
    /// <summary>EV_EFI_VARIABLE_BOOT.</summary>
    EfiVariableBoot = 0x80000002,
    /// <summary>EV_EFI_BOOT_SERVICES_APPLICATION: boot loaders and kernels, by Authenticode digest.</summary>
    EfiBootServicesApplication = 0x80000003,
    /// <summary>EV_EFI_BOOT_SERVICES_DRIVER.</summary>
    EfiBootServicesDriver = 0x80000004,
    /// <summary>EV_EFI_RUNTIME_SERVICES_DRIVER.</summary>
    EfiRuntimeServicesDriver = 0x80000005,
    /// <summary>EV_EFI_GPT_EVENT.</summary>
    EfiGptEvent = 0x80000006,
    /// <summary>EV_EFI_ACTION.</summary>
    EfiAction = 0x80000007,
    /// <summary>EV_EFI_PLATFORM_FIRMWARE_BLOB.</summary>
    EfiPlatformFirmwareBlob = 0x80000008,
    /// <summary>EV_EFI_HANDOFF_TABLES.</summary>
    EfiHandoffTables = 0x80000009,
    /// <summary>EV_EFI_PLATFORM_FIRMWARE_BLOB2.</summary>
    EfiPlatformFirmwareBlob2 = 0x8000000A,
    /// <summary>EV_EFI_HANDOFF_TABLES2.</summary>
    EfiHandoffTables2 = 0x8000000B,
    /// <summary>EV_EFI_VARIABLE_BOOT2.</summary>
    EfiVariableBoot2 = 0x8000000C,
    /// <summary>EV_EFI_GPT_EVENT2.</summary>
    EfiGptEvent2 = 0x8000000D,
    /// <summary>EV_EFI_HCRTM_EVENT.</summary>
    EfiHcrtmEvent = 0x80000010,
    /// <summary>EV_EFI_VARIABLE_AUTHORITY: what vouched for an image that was started.</summary>
    EfiVariableAuthority = 0x800000E0,
    /// <summary>EV_EFI_SPDM_FIRMWARE_BLOB.</summary>
    EfiSpdmFirmwareBlob = 0x800000E1,
    /// <summary>EV_EFI_SPDM_FIRMWARE_CONFIG.</summary>
    EfiSpdmFirmwareConfig = 0x800000E2,
}

/// <summary>The specification's spelling of event types.</summary>
public static class BootEventTypes
{
    /// <summary><c>EV_SEPARATOR</c> and alike; <c>0x…</c> for a type that the specification does not name.</summary>
    public static string SpecificationName(this BootEventType type) => type switch
    {
        BootEventType.PrebootCert => "EV_PREBOOT_CERT",
        BootEventType.PostCode => "EV_POST_CODE",
        BootEventType.NoAction => "EV_NO_ACTION",
        BootEventType.Separator => "EV_SEPARATOR",
        BootEventType.Action => "EV_ACTION",
        BootEventType.EventTag => "EV_EVENT_TAG",
        BootEventType.SCrtmContents => "EV_S_CRTM_CONTENTS",
        BootEventType.SCrtmVersion => "EV_S_CRTM_VERSION",
        BootEventType.CpuMicrocode => "EV_CPU_MICROCODE",
        BootEventType.PlatformConfigFlags => "EV_PLATFORM_CONFIG_FLAGS",
        BootEventType.TableOfDevices => "EV_TABLE_OF_DEVICES",
        BootEventType.CompactHash => "EV_COMPACT_HASH",
        BootEventType.Ipl => "EV_IPL",
        BootEventType.IplPartitionData => "EV_IPL_PARTITION_DATA",
        BootEventType.NonhostCode => "EV_NONHOST_CODE",
        BootEventType.NonhostConfig => "EV_NONHOST_CONFIG",
        BootEventType.NonhostInfo => "EV_NONHOST_INFO",
        BootEventType.OmitBootDeviceEvents => "EV_OMIT_BOOT_DEVICE_EVENTS",
        BootEventType.PostCode2 => "EV_POST_CODE2",
        BootEventType.EfiVariableDriverConfig => "EV_EFI_VARIABLE_DRIVER_CONFIG",
        BootEventType.EfiVariableBoot => "EV_EFI_VARIABLE_BOOT",
        BootEventType.EfiBootServicesApplication => "EV_EFI_BOOT_SERVICES_APPLICATION",
        BootEventType.EfiBootServicesDriver => "EV_EFI_BOOT_SERVICES_DRIVER",
        BootEventType.EfiRuntimeServicesDriver => "EV_EFI_RUNTIME_SERVICES_DRIVER",
        BootEventType.EfiGptEvent => "EV_EFI_GPT_EVENT",
        BootEventType.EfiAction => "EV_EFI_ACTION",
        BootEventType.EfiPlatformFirmwareBlob => "EV_EFI_PLATFORM_FIRMWARE_BLOB",
        BootEventType.EfiHandoffTables => "EV_EFI_HANDOFF_TABLES",
        BootEventType.EfiPlatformFirmwareBlob2 => "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
        BootEventType.EfiHandoffTables2 => "EV_EFI_HANDOFF_TABLES2",
        BootEventType.EfiVariableBoot2 => "EV_EFI_VARIABLE_BOOT2",
        BootEventType.EfiGptEvent2 => "EV_EFI_GPT_EVENT2",
        BootEventType.EfiHcrtmEvent => "EV_EFI_HCRTM_EVENT",
        BootEventType.EfiVariableAuthority => "EV_EFI_VARIABLE_AUTHORITY",
        BootEventType.EfiSpdmFirmwareBlob => "EV_EFI_SPDM_FIRMWARE_BLOB",
        BootEventType.EfiSpdmFirmwareConfig => "EV_EFI_SPDM_FIRMWARE_CONFIG",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{(uint)type:x}"),
    };
}
