namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Who judges boot logs: one engine serves all agents of a verifier, an agent's policy is its data (Keylime's <c>measured_boot_policy_name</c>).</summary>
public enum MeasuredBootEngine
{
    /// <summary><c>accept-all</c>: any log that leads to the quoted PCRs.</summary>
    AcceptAll,
    /// <summary><c>reject-all</c>: none.</summary>
    RejectAll,
    /// <summary><c>example</c>: known firmware, Secure Boot keys and boot chains only.</summary>
    Example,
    /// <summary><c>uki</c>: known firmware, Secure Boot keys and unified kernel images only. Not one of Keylime's.</summary>
    Uki,
}

/// <summary>When the engine is asked (Keylime's <c>measured_boot_evaluate</c>). Log and quote are compared every time.</summary>
public enum MeasuredBootEvaluation
{
    /// <summary>Once a boot. Keylime has it once an enrollment, which never looks at what is booted later.</summary>
    Once,
    /// <summary>With every quote.</summary>
    Always,
}

/// <summary>Keylime's names of the engines and evaluations, and what they look at.</summary>
public static class MeasuredBootEngines
{
    private const uint FirmwarePcrs = 0x3FF;

    /// <summary>Every PCR that a boot may extend: 0 to 9 and 11 to 15 (MEASUREDBOOT_PCRS), bit n = PCR n.</summary>
    public const uint AllPcrs = 0xFBFF;

    /// <summary>Finds an engine by its name; false for a name that is none.</summary>
    public static bool TryParse(string name, out MeasuredBootEngine engine)
    {
        (engine, var known) = name switch
        {
            "accept-all" => (MeasuredBootEngine.AcceptAll, true),
            "reject-all" => (MeasuredBootEngine.RejectAll, true),
            "example" => (MeasuredBootEngine.Example, true),
            "uki" => (MeasuredBootEngine.Uki, true),
            _ => (MeasuredBootEngine.RejectAll, false),
        };
        return known;
    }

    /// <summary>Reads <c>once</c> or <c>always</c>; false for anything else.</summary>
    public static bool TryParse(string name, out MeasuredBootEvaluation evaluation)
    {
        evaluation = name == "once" ? MeasuredBootEvaluation.Once : MeasuredBootEvaluation.Always;
        return name is "once" or "always";
    }

    /// <summary>Keylime's name.</summary>
    public static string Name(this MeasuredBootEngine engine) => engine switch
    {
        MeasuredBootEngine.AcceptAll => "accept-all",
        MeasuredBootEngine.Example => "example",
        MeasuredBootEngine.Uki => "uki",
        _ => "reject-all",
    };

    /// <summary>PCRs that the engine cannot do without, bit n = PCR n; 0 when it names none, and then every quoted PCR of a boot is compared.</summary>
    internal static uint RelevantPcrs(this MeasuredBootEngine engine) => engine switch
    {
        MeasuredBootEngine.Example => FirmwarePcrs | 1 << 14,
        // Not 11, which user space goes on extending when the log has ended.
        MeasuredBootEngine.Uki => FirmwarePcrs | 1 << 12 | 1 << 13 | 1 << 14,
        _ => 0,
    };
}
