namespace Keylime.Gateway;

/// <summary>Event ids of the gateway: 6000 to 6099 start, 6100 back ends, 6200 forwarding.</summary>
internal static class EventIds
{
    public const int BackendDown = 6101;
    public const int BackendUp = 6102;
    public const int MembersChanged = 6103;
    public const int MembershipUnavailable = 6104;
    public const int MembershipAvailable = 6105;
    public const int Retried = 6201;
    public const int Unanswered = 6202;
}
