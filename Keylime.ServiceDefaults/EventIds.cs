namespace Keylime.ServiceDefaults;

/// <summary>Event ids of the shared host: 9000 to 9099, so that they meet no service's.</summary>
internal static class EventIds
{
    public const int HandlerFault = 9001;
    public const int Outage = 9002;
}
