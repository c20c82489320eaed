namespace Keylime.ServiceDefaults.Tls;

/// <summary>A mark on connections of the management listener.</summary>
internal sealed class ManagementConnection
{
    public static ManagementConnection Instance { get; } = new();
}
