namespace Keylime.Load.Cluster;

/// <summary>Which process is which, and where it is reached: the cluster's, or the single process'.</summary>
internal sealed record ClusterLayout(Uri VerifierAddress, Uri RegistrarAddress, IReadOnlyList<string> Verifiers, IReadOnlyList<string> Services)
{
    private const string Gateway = "gateway";
    private const string Standalone = "standalone";

    public static ClusterLayout Of(ClusterStatus status)
    {
        var services = status.Processes.Where(service => service.Pid is not null).Select(service => service.Name).ToList();
        var door = status.Find(Gateway) is not null ? Gateway : Standalone;
        var verifiers = services.Where(name => name.StartsWith("verifier-", StringComparison.Ordinal)).ToList();
        return new(Address(status, door), Address(status, $"{door}/registrar"), verifiers.Count > 0 ? verifiers : [Standalone], services);
    }

    private static Uri Address(ClusterStatus status, string name) =>
        Uri.TryCreate(status.Find(name)?.Address, UriKind.Absolute, out var address) ? address : throw new LoadException($"the cluster's status names no address of {name}");
}
