using System.Text;
using Keylime.Attestation;
using Keylime.Attestation.Ima.DeviceMapper;
using Keylime.Fuzz.Engine;
using Keylime.Sharding;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>What our own stores give back: an encoding that is read is the one that would be written, so that nothing can be smuggled into it.</summary>
internal static class StateTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("appraisal-state", RunState, [.. States().Select(state => state.Write())]) { Dictionary = [[0, 1], [32], [20], [0x30, 0x59, 0x30, 0x13]] },
        new("lease-owner", RunOwner, FuzzTarget.Words("verifier-0/0123456789abcdef0123456789abcdef")) { Dictionary = FuzzTarget.Words("/", "-", "{", "}") },
    ];

    private static int RunState(byte[] input)
    {
        if (!AppraisalState.TryParse(input, out var state)) return 0;
        if (input.Length > 0) TpmTargets.Same(input, state.Write());
        return (int)state.NextImaEntry;
    }

    private static int RunOwner(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!LeaseOwner.TryParse(text, out var owner)) return 0;
        Require(owner.ToString() == text, "is not written as it was read");
        return 1;
    }

    private static IEnumerable<AppraisalState> States()
    {
        yield return new() { Clock = new(1, 2, 3, true), BootTime = 4 };
        yield return new()
        {
            BootTime = 4,
            AcceptedBoot = 5,
            Ima = new(6, new byte[32], 7) { PadsSha1 = true, Devices = DeviceMapperState.Empty.With("a", new("rule", "sha256:00", true, false)).With("b", new("rule", "", false, true)) },
        };
    }
}
