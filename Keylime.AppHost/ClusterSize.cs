namespace Keylime.AppHost;

/// <summary>How many of each. Without verifiers it is one process in place of all services.</summary>
internal sealed record ClusterSize(int Agents, int Verifiers, int Registrars)
{
    public const int Max = 100;

    /// <summary>Verifier and registrar in one process, and nothing else.</summary>
    public bool IsSingle => Verifiers == 0;
}
