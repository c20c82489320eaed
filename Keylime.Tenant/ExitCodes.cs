namespace Keylime.Tenant;

/// <summary>What the program says to scripts; see <c>docs/reference/cli.md</c>.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    /// <summary>A server refused, nobody answered, a check failed, or the configuration is wrong.</summary>
    public const int Failed = 1;
    /// <summary>The command line is wrong, or, of the verbs about evidence, an input cannot be read.</summary>
    public const int Usage = 2;
    /// <summary>Evidence that was judged and is not to be trusted.</summary>
    public const int NotTrusted = 6;
    /// <summary>128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
