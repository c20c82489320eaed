namespace Keylime.Tenant.Output;

/// <summary>The names that Keylime's tenant shows for operational states.</summary>
internal static class OperationalStateText
{
    public static string Of(int state) => state switch
    {
        0 => "Registered",
        1 => "Start",
        2 => "Saved",
        3 => "Get Quote",
        4 => "Get Quote (retry)",
        5 => "Provide V",
        6 => "Provide V (retry)",
        7 => "Failed",
        8 => "Terminated",
        9 => "Invalid Quote",
        10 => "Tenant Quote Failed",
        _ => $"unknown ({state})",
    };
}
