using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Data of the EV_EFI_VARIABLE_* events: a UEFI variable as the firmware measured it.</summary>
/// <param name="Vendor">The variable's vendor GUID.</param>
/// <param name="Name">The variable's name.</param>
/// <param name="Data">The variable's content; borrowed from the log.</param>
/// <remarks>TCG PC Client Platform Firmware Profile, UEFI_VARIABLE_DATA.</remarks>
public sealed record EfiVariable(Guid Vendor, string Name, ReadOnlyMemory<byte> Data)
{
    private const int HeaderBytes = 16 + 8 + 8;
    private const int MaxNameCharacters = 1024;

    /// <summary>Reads the structure; its lengths must account for every byte.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out EfiVariable? variable)
    {
        variable = null;
        if (source.Length < HeaderBytes) return false;
        var span = source.Span;
        var nameCharacters = BinaryPrimitives.ReadUInt64LittleEndian(span[16..]);
        var dataBytes = BinaryPrimitives.ReadUInt64LittleEndian(span[24..]);
        if (nameCharacters > MaxNameCharacters || dataBytes > (ulong)source.Length || (ulong)(source.Length - HeaderBytes) != nameCharacters * 2 + dataBytes) return false;
        var nameBytes = (int)nameCharacters * 2;
        variable = new(new Guid(span[..16]), Encoding.Unicode.GetString(span.Slice(HeaderBytes, nameBytes)), source[(HeaderBytes + nameBytes)..]);
        return true;
    }
}

/// <summary>Vendor GUIDs of the variables that boot policies know.</summary>
public static class EfiGuids
{
    /// <summary>EFI_GLOBAL_VARIABLE: SecureBoot, PK, KEK, BootOrder, Boot####.</summary>
    public static readonly Guid GlobalVariable = new("8be4df61-93ca-11d2-aa0d-00e098032b8c");
    /// <summary>EFI_IMAGE_SECURITY_DATABASE_GUID: db, dbx.</summary>
    public static readonly Guid ImageSecurityDatabase = new("d719b2cb-3d3a-4596-a3bc-dad00e67656f");
    /// <summary>shim's variables: MokList, SbatLevel, Shim.</summary>
    public static readonly Guid ShimLock = new("605dab50-e046-4300-abb6-3dd810dd8b23");
    /// <summary>EFI_CERT_X509_GUID.</summary>
    public static readonly Guid CertX509 = new("a5c059a1-94e4-4aa7-87b5-ab155c2bf072");
    /// <summary>EFI_CERT_SHA256_GUID.</summary>
    public static readonly Guid CertSha256 = new("c1c41626-504c-4092-aca9-41f936934328");
}
