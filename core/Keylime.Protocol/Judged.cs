namespace Keylime.Protocol;

/// <summary>What of a machine its policies judge, in the words of the status output.</summary>
public static class Judged
{
    /// <summary>Files that were run or read, by the IMA list and a runtime policy.</summary>
    public const string Runtime = "runtime";
    /// <summary>What was booted, by the boot log and a measured-boot policy.</summary>
    public const string MeasuredBoot = "measured-boot";
    /// <summary>Values of PCRs.</summary>
    public const string Pcrs = "pcrs";

    /// <summary>The words in one; <c>none</c> where a verifier says that nothing is judged, empty where it says nothing.</summary>
    public static string Describe(IReadOnlyList<string>? judged) => judged switch
    {
        null => "",
        [] => "none",
        _ => string.Join(", ", judged),
    };
}
