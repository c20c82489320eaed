using System.CommandLine;
using Keylime.Attestation.MeasuredBoot;

namespace Keylime.Tenant.Evidence;

/// <summary>The boot log of the verbs about it.</summary>
internal static class BootLogFile
{
    public static Option<string> CreateOption() => new("--log") { Description = "Boot log: binary_bios_measurements, binary or base64", HelpName = "FILE", Required = true };

    /// <summary>A log that can be read to its end.</summary>
    public static BootLog Read(string path) =>
        BootLog.TryParse(InputFile.ReadBinary(path), out var log, out var error) ? log : throw new UserErrorException($"{path}: is not a boot log: {error}");
}
