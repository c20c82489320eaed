namespace Keylime.Storage;

/// <summary>Event ids of the storage, 9xx, shared by the services that use it.</summary>
internal static class StorageEvents
{
    public const int Migrated = 900;
    public const int WaitingForDatabase = 901;
    public const int AgentUnreadable = 902;
    public const int NamelessAgents = 903;
}
