namespace Keylime.AppHost;

/// <summary>Keylime's tenant as a job of the cluster.</summary>
internal static class TenantExtensions
{
    /// <summary>The tenant, speaking to this cluster. <c>./keylime tenant</c> takes its environment from here.</summary>
    public static IResourceBuilder<ProjectResource> AddTenant(
        this IDistributedApplicationBuilder builder, string name, ClusterFolder folder, IResourceBuilder<ProjectResource> front) => builder
        .AddProject<Projects.Keylime_Tenant>(name)
        .WithEnvironment("KEYLIME_DIR", folder.Keylime)
        .WithEnvironment("KEYLIME_TENANT_VERIFIER_IP", $"{front.GetEndpoint("verifier").Property(EndpointProperty.IPV4Host)}")
        .WithEnvironment("KEYLIME_TENANT_VERIFIER_PORT", $"{front.GetEndpoint("verifier").Property(EndpointProperty.Port)}")
        .WithEnvironment("KEYLIME_TENANT_REGISTRAR_IP", $"{front.GetEndpoint("registrar-mtls").Property(EndpointProperty.IPV4Host)}")
        .WithEnvironment("KEYLIME_TENANT_REGISTRAR_PORT", $"{front.GetEndpoint("registrar-mtls").Property(EndpointProperty.Port)}")
        .WithEnvironment("KEYLIME_TENANT_TPM_CERT_STORE", folder.TpmCertificates);
}
