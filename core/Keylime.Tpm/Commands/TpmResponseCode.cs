namespace Keylime.Tpm.Commands;

/// <summary>TPM_RC: how a command ended. Shown as the specification's name and, where there is one, the culprit:
/// <c>TPM_RC_INTEGRITY (parameter 1)</c>.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_RC (6.6). The upper 16 bits name the software layer that made the code; the TPM itself leaves them
/// 0.</remarks>
public readonly partial record struct TpmResponseCode(uint Value)
{
    /// <summary>TPM_RC_HANDLE, a format-one error.</summary>
    public const int BadHandle = 0x0B;

    private const uint FormatOne = 0x080;
    private const uint FormatOneParameter = 0x040;
    private const uint FormatOneSession = 0x800;
    private const uint VersionTwo = 0x100;
    private const uint Warning = 0x800;
    private const uint Vendor = 0x400;

    /// <summary>The command succeeded.</summary>
    public static TpmResponseCode Success => new(0);
    /// <summary>TPM_RC_INITIALIZE: TPM2_Startup was done already, or not yet.</summary>
    public static TpmResponseCode Initialize => new(0x100);
    /// <summary>TPM_RC_OBJECT_MEMORY: every slot for loaded objects is taken.</summary>
    public static TpmResponseCode ObjectMemory => new(0x902);
    /// <summary>TPM_RC_SESSION_MEMORY: every slot for loaded sessions is taken.</summary>
    public static TpmResponseCode SessionMemory => new(0x903);
    /// <summary>TPM_RC_RETRY: the TPM was busy and did nothing; the same command will succeed later.</summary>
    public static TpmResponseCode Retry => new(0x922);

    /// <summary>True for success.</summary>
    public bool IsSuccess => Value == 0;

    /// <summary>True when the TPM did nothing and asks for the same command again: RETRY, YIELDED, TESTING, NV_RATE.</summary>
    public bool IsTransient => Value is 0x922 or 0x908 or 0x90A or 0x920;

    /// <summary>True when this is the given format-one error, whichever handle, session or parameter it is about.</summary>
    /// <param name="error">The error number without its subject: <see cref="BadHandle"/>.</param>
    public bool IsFormatOne(int error) => (Value & FormatOne) != 0 && (Value & 0x3F) == error && Layer == 0;

    /// <summary>True when the TPM found fault with one of the parameters: what was sent is wrong, and will be wrong again.</summary>
    public bool IsParameterFault => (Value & (FormatOne | FormatOneParameter)) == (FormatOne | FormatOneParameter) && Layer == 0;

    private uint Layer => Value >> 16;

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Layer != 0) return $"0x{Value:X8} (layer {Layer}: {new TpmResponseCode(Value & 0xFFFF)})";
        if (IsSuccess) return "TPM_RC_SUCCESS";
        if ((Value & FormatOne) != 0) return FormatOneText();
        if ((Value & VersionTwo) == 0) return $"TPM 1.2 error 0x{Value:X3}";
        if ((Value & Vendor) != 0) return $"vendor error 0x{Value:X3}";
        return Named((Value & Warning) != 0 ? WarningName(Value & 0x7F) : ErrorName(Value & 0x7F));
    }

    private string FormatOneText()
    {
        var name = Named(FormatOneName(Value & 0x3F));
        if ((Value & FormatOneParameter) != 0) return $"{name} (parameter {Value >> 8 & 0xF})";
        var number = Value >> 8 & 0x7;
        if (number == 0) return name;
        return (Value & FormatOneSession) != 0 ? $"{name} (session {number})" : $"{name} (handle {number})";
    }

    private string Named(string? name) => name is null ? $"TPM_RC 0x{Value:X3}" : "TPM_RC_" + name;
}
