namespace Keylime.Gateway.Backends;

/// <summary>Names of the kinds of back ends, for logs, metrics and answers.</summary>
internal static class BackendKind
{
    public const string Verifier = "verifier";
    public const string Registrar = "registrar";
    public const string PlainRegistrar = "registrar-plain";

    /// <summary>What clients call it: they do not know our listeners.</summary>
    public static string ServiceOf(string kind) => kind == PlainRegistrar ? Registrar : kind;
}
