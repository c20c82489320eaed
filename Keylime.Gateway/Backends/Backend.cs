namespace Keylime.Gateway.Backends;

/// <summary>A verifier or registrar at an address. The instance name is the one that it has in the cluster's membership, the zone its failure zone, null for none.</summary>
internal sealed record Backend(string Instance, Uri Address, string? Zone = null);
