namespace Keylime.Agent;

/// <summary>Ids of the agent's log messages, a hundred per feature.</summary>
internal static class EventIds
{
    // Start-up and identity
    public const int AgentStarts = 100;
    public const int MisformattedUuid = 101;
    public const int AttestationKeyLoaded = 102;
    public const int AttestationKeyCreated = 103;
    public const int AttestationKeyReplaced = 104;
    public const int NoEndorsementCertificate = 105;
    public const int LogMissing = 106;
    public const int MutualTlsDisabled = 107;
    public const int CertificateExpired = 108;
    public const int PrivilegesDropped = 109;
    public const int PrivilegesKept = 110;

    // Registration
    public const int Registered = 200;
    public const int RegistrationRetried = 201;

    // Quotes
    public const int QuoteFailed = 300;
    public const int LogUnreadable = 301;
    public const int BootLogTooLong = 302;

    // Payload
    public const int PayloadRefused = 400;
    public const int PayloadRan = 401;
    public const int PayloadFailed = 402;
    public const int PayloadNotArchive = 403;
    public const int ScriptMissing = 404;
    public const int ScriptEnded = 405;
    public const int PayloadNotAllowed = 406;

    // Revocation
    public const int RevocationWithoutCertificate = 500;
    public const int RevocationRefused = 501;
    public const int RevocationActionsRan = 502;
    public const int RevocationActionFailed = 503;
    public const int RevocationFailed = 504;
}
