namespace Keylime.Verifier;

/// <summary>Event ids of the verifier's log messages: hundreds per feature.</summary>
internal static class EventIds
{
    public const int VerdictSaved = 1001;
    public const int Fenced = 1002;
    public const int StoreUnavailable = 1003;
    public const int AppraisalFault = 1004;
    public const int PoliciesUnreadable = 1005;
    public const int Unreachable = 1006;
    public const int StoreReached = 1007;
    public const int FallenBehind = 1008;
    public const int KeepsUp = 1009;
    public const int ExchangeFault = 1010;
    public const int RoundFault = 1011;
    public const int StateUnwritable = 1012;

    public const int ShardsStarted = 1101;
    public const int ShardsDropped = 1102;
    public const int ShardsHandedOver = 1103;
    public const int LeasesUnavailable = 1104;
    public const int LeasesAvailable = 1105;
    public const int OwnedElsewhere = 1106;
    public const int AgentUnusable = 1107;
    public const int ShardStepFault = 1108;
    public const int LeaseStepFault = 1109;

    public const int WebhookFailed = 1201;
    public const int AgentNotTold = 1202;
    public const int OutboxUnreadable = 1203;
    public const int MessageUnsigned = 1204;
    public const int MessagePassedOver = 1205;
    public const int RelayFault = 1206;

    public const int AgentsStale = 1301;
    public const int SweepFault = 1302;
}
