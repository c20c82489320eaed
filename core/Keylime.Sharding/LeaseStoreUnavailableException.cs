namespace Keylime.Sharding;

/// <summary>The store of leases and members cannot be reached; nothing is known of what was asked.</summary>
public sealed class LeaseStoreUnavailableException(string message, Exception? cause) : Exception(message, cause);
