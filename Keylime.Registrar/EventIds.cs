namespace Keylime.Registrar;

/// <summary>Event ids of the registrar: 1000 to 1099.</summary>
internal static class EventIds
{
    public const int Registered = 1000;
    public const int RegistrationRefused = 1001;
    public const int MalformedCertificate = 1002;
    public const int Deleted = 1003;
    public const int Activated = 1010;
    public const int ActivationRefused = 1011;
}
