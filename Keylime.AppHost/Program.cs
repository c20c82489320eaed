// What runs, what it needs and who waits for whom: the architecture as code.
//
//   tenant, operator ──▶ gateway ──▶ verifier-N ──▶ agent-N ──▶ tpm-N     verifiers ask agents for quotes and judge them
//   agent-N ───────────▶ gateway ──▶ registrar-N                         agents prove that their keys live in their TPM
//                                    verifiers, registrars ──▶ postgres   verifiers, gateway ──▶ redis
using Keylime.AppHost;
using Keylime.AppHost.Machines;
using Keylime.AppHost.Status;

if (!AppHostCommandLine.TryRead(args, Console.Out, Console.Error, out var size, out var hostArguments, out var exitCode))
    return exitCode;
var builder = DistributedApplication.CreateBuilder(hostArguments);

if (size.IsSingle)
{
    // The small end: the same verifier and registrar in one process, which is all that its clients speak to.
    var standalone = builder.AddStandalone();
    return Run(standalone, [standalone]);
}

// Durable state. Redis holds leases only, and may lose them at any time.
var postgres = builder.AddPostgres("postgres");
var verifierDatabase = postgres.AddDatabase("verifierdb");
var registrarDatabase = postgres.AddDatabase("registrardb");
var redis = builder.AddRedis("redis");

// One address for tenants, agents and operators: mutual TLS ends here, and the client's identity is handed on.
var gateway = builder.AddProject<Projects.Keylime_Gateway>("gateway")
    .WithAddress("KEYLIME_GATEWAY_IP")
    .WithListener("https", "verifier", 8881, "KEYLIME_GATEWAY_VERIFIER_PORT", Ports.KeylimesOwn)
    .WithListener("http", "registrar", 8890, "KEYLIME_GATEWAY_REGISTRAR_PORT", Ports.KeylimesOwn)
    .WithListener("https", "registrar-mtls", 8891, "KEYLIME_GATEWAY_REGISTRAR_TLS_PORT", Ports.KeylimesOwn)
    .WithExternalHttpEndpoints()
    .WithManagement()
    .WithReference(redis).WaitFor(redis);

// Replicas are resources of their own: each has its own address, and can be stopped and started alone.
var verifiers = Enumerable.Range(0, size.Verifiers).Select(i => $"verifier-{i}").Select(name => builder.AddProject<Projects.Keylime_Verifier>(name)
    .WithAddress("KEYLIME_VERIFIER_IP")
    .WithListener("https", "mtls", 8881, "KEYLIME_VERIFIER_PORT")
    .WithManagement()
    .WithEnvironment("KEYLIME_VERIFIER_INSTANCE", name)
    .WithReference(verifierDatabase, "verifier").WaitFor(verifierDatabase)
    .WithReference(redis).WaitFor(redis)).ToList();
foreach (var verifier in verifiers)
{
    verifier.WithEnvironment("KEYLIME_VERIFIER_ADVERTISED_ADDRESS", $"{verifier.GetEndpoint("mtls").Property(EndpointProperty.HostAndPort)}");
    gateway.WithReference(verifier);
}

var registrars = Enumerable.Range(0, size.Registrars).Select(i => $"registrar-{i}").Select(name => builder.AddProject<Projects.Keylime_Registrar>(name)
    .WithAddress("KEYLIME_REGISTRAR_IP")
    .WithListener("http", "plain", 8890, "KEYLIME_REGISTRAR_PORT")
    .WithListener("https", "mtls", 8891, "KEYLIME_REGISTRAR_TLS_PORT")
    .WithManagement()
    .WithReference(registrarDatabase, "registrar").WaitFor(registrarDatabase)).ToList();
foreach (var registrar in registrars)
    gateway.WithReference(registrar);

return Run(gateway, [gateway, .. verifiers, .. registrars]);

// A deployment brings its own certificates and real machines. A developer's cluster makes both.
int Run(IResourceBuilder<ProjectResource> front, IReadOnlyList<IResourceBuilder<ProjectResource>> services)
{
    if (builder.ExecutionContext.IsRunMode)
    {
        var folder = ClusterFolder.Open(builder);
        var certificates = builder.AddTenant("certificates", folder, front).WithArgs("ca", "init", "--directory", folder.Certificates);
        foreach (var service in services)
            service.WithEnvironment("KEYLIME_DIR", folder.Keylime).WaitForCompletion(certificates);

        builder.AddMachines(size.Agents, folder, front, services, certificates);
        builder.AddStatus(folder, size, front);
    }

    builder.Build().Run();
    return 0;
}
