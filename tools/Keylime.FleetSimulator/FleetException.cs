namespace Keylime.FleetSimulator;

/// <summary>What keeps the fleet from starting, for the person who started it.</summary>
internal sealed class FleetException(string message) : Exception(message);
