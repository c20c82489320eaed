using System.Text.Json;
using Keylime.FleetSimulator.Measurements;

namespace Keylime.FleetSimulator.Joining;

/// <summary>What the agents are enrolled with: the runtime policy that their own image makes, shared by name, and the PCRs to quote.</summary>
/// <param name="Name">Name of the runtime policy at the verifiers.</param>
/// <param name="Runtime">Its JSON.</param>
/// <param name="MeasuredBoot">Measured-boot policy; null for machines without a boot log.</param>
internal sealed record FleetPolicies(string Name, byte[] Runtime, string? MeasuredBoot)
{
    /// <summary>Not empty: Keylime and its like do not look at the boot log by an empty one.</summary>
    private const string AnyBoot = """{"platform":"simulated"}""";


    /// <summary>Keylime's generator number for policies that were not made by one of its tools.</summary>
    private const int CompatibleGenerator = 2;

    /// <summary>PCR 10 for the IMA list; those of the boot, 0 to 9 and 11 to 15, for the boot log.</summary>
    public string TpmPolicy => MeasuredBoot is null ? """{"mask":"0x400"}""" : """{"mask":"0xffff"}""";

    public static FleetPolicies Of(SoftwareImage image, string name, bool bootLog) => new(name, WriteRuntime(image), bootLog ? AnyBoot : null);

    private static byte[] WriteRuntime(SoftwareImage image)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("meta");
            json.WriteNumber("version", 1);
            json.WriteNumber("generator", CompatibleGenerator);
            json.WriteEndObject();
            json.WriteNumber("release", 0);
            json.WriteStartObject("digests");
            foreach (var file in image.All)
            {
                json.WriteStartArray(file.Name);
                json.WriteStringValue(Convert.ToHexStringLower(file.Digest));
                json.WriteEndArray();
            }
            json.WriteEndObject();
            json.WriteStartArray("excludes");
            json.WriteEndArray();
            json.WriteStartObject("keyrings");
            json.WriteEndObject();
            json.WriteStartObject("ima");
            json.WriteStartArray("ignored_keyrings");
            json.WriteEndArray();
            json.WriteString("log_hash_alg", "sha1");
            json.WriteNull("dm_policy");
            json.WriteEndObject();
            json.WriteStartObject("ima-buf");
            json.WriteEndObject();
            json.WriteString("verification-keys", "");
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
