namespace Keylime.AppHost;

/// <summary>Verifier and registrar as one process on SQLite files.</summary>
internal static class StandaloneExtensions
{
    /// <summary>Its listeners have the names of the gateway's: clients need not know which of both it is.</summary>
    public static IResourceBuilder<ProjectResource> AddStandalone(this IDistributedApplicationBuilder builder) =>
        builder.AddProject<Projects.Keylime_Standalone>("standalone")
            .WithAddress("KEYLIME_VERIFIER_IP")
            .WithAddress("KEYLIME_REGISTRAR_IP")
            .WithListener("https", "verifier", 8881, "KEYLIME_VERIFIER_PORT", Ports.KeylimesOwn)
            .WithListener("http", "registrar", 8890, "KEYLIME_REGISTRAR_PORT", Ports.KeylimesOwn)
            .WithListener("https", "registrar-mtls", 8891, "KEYLIME_REGISTRAR_TLS_PORT", Ports.KeylimesOwn)
            .WithManagement()
            .WithEnvironment("KEYLIME_VERIFIER_INSTANCE", "standalone");
}
