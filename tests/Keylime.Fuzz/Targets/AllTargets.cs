using Keylime.Fuzz.Engine;

namespace Keylime.Fuzz.Targets;

/// <summary>Every parser of bytes or text that come from outside.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        .. TpmTargets.List, .. ImaTargets.List, .. BootTargets.List, .. PolicyTargets.List, .. EndorsementTargets.List, .. StateTargets.List, .. ProtocolTargets.List,
        .. ConfigurationTargets.List,
    ];
}
