using Keylime.FleetSimulator.Measurements;

namespace Keylime.FleetSimulator.Machines;

/// <summary>What the machines of a fleet have in common.</summary>
/// <param name="Image">The software that they run.</param>
/// <param name="Boot">How they booted.</param>
/// <param name="FirstEntries">Entries of the IMA list right after the boot, the boot aggregate not counted.</param>
/// <param name="EntriesPerSecond">How fast it grows.</param>
internal sealed record MachineProfile(SoftwareImage Image, BootState Boot, int FirstEntries, double EntriesPerSecond);
