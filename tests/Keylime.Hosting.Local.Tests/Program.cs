using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Tests;

// A small AppHost with one of everything.
var builder = DistributedApplication.CreateBuilder(args);

var postgres = builder.AddPostgres("postgres");
var database = postgres.AddDatabase("database");
var redis = builder.AddRedis("redis");
var back = builder.AddProject<SampleProject>("back")
    .WithHttpsEndpoint(targetPort: builder.ExecutionContext.IsPublishMode ? 8881 : null, name: "mtls", env: "BACK_PORT")
    .WithHttpEndpoint(name: "web")
    .WithReference(database, "store").WaitFor(database)
    .WithExplicitStart();
builder.AddProject<SampleProject>("front")
    .WithHttpEndpoint(port: 8890, name: "plain", env: "FRONT_PORT")
    .WithExternalHttpEndpoints()
    .WithReference(redis)
    .WithReference(back)
    .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.ServiceDiscovery)
    .WithEnvironment("BACK_HOST", $"{back.GetEndpoint("mtls").Property(EndpointProperty.Host)}")
    .WithArgs("--back", "{literally}")
    .DisableForwardedHeaders()
    .WithExplicitStart();
// A process with a child of its own, which must not outlive it either.
builder.AddExecutable("family", "sh", ".", "-c", "sleep 1000 & echo child $!; wait").WaitFor(redis).WaitFor(database);
builder.AddExecutable("hidden", "true", ".").ExcludeFromManifest();

builder.Build().Run();

/// <summary>The type that tests name.</summary>
public partial class Program;
