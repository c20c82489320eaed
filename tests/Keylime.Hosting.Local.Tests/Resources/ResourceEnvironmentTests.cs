using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Resources;

namespace Aspire.Hosting.Tests.Resources;

public sealed class ResourceEnvironmentTests : IAsyncDisposable
{
    private readonly DistributedApplicationBuilder _builder = AppHost.Create();
    private readonly List<IResource> _model = [];

    [Fact]
    public async Task A_service_is_found_by_its_endpoints_names()
    {
        var back = Add(_builder.AddProject<SampleProject>("back-0").WithHttpsEndpoint(name: "mtls").WithHttpEndpoint(name: "http"));
        var front = Add(_builder.AddProject<SampleProject>("front").WithReference(back));
        var variables = await ResolveAsync(front);
        Assert.Equal(back.GetEndpoint("mtls").Url, variables["services__back-0__mtls__0"]);
        Assert.Equal(back.GetEndpoint("mtls").Url, variables["BACK_0_MTLS"]);
        Assert.Equal(back.GetEndpoint("http").Url, variables["services__back-0__http__0"]);
    }

    [Fact]
    public async Task Flags_leave_out_what_they_do_not_name()
    {
        var back = Add(_builder.AddProject<SampleProject>("back").WithHttpEndpoint());
        var front = Add(_builder.AddProject<SampleProject>("front").WithReference(back).WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ServiceDiscovery));
        var variables = await ResolveAsync(front);
        Assert.Contains("services__back__http__0", variables.Keys);
        Assert.DoesNotContain("BACK_HTTP", variables.Keys);
    }

    [Fact]
    public async Task Connection_strings_have_the_form_of_aspires()
    {
        var postgres = Add(_builder.AddPostgres("postgres"));
        var database = Add(postgres.AddDatabase("verifierdb"));
        var redis = Add(_builder.AddRedis("redis"));
        var project = Add(_builder.AddProject<SampleProject>("project").WithReference(database, "verifier").WithReference(redis));
        var variables = await ResolveAsync(project);
        Assert.Matches("^Host=127.0.0.1;Port=[0-9]+;Username=postgres;Password=[A-Za-z0-9]{22};Database=verifierdb$", variables["ConnectionStrings__verifier"]);
        Assert.Matches("^127.0.0.1:[0-9]+,password=[A-Za-z0-9]{22}$", variables["ConnectionStrings__redis"]);
    }

    [Fact]
    public async Task An_interpolated_string_stays_an_expression_until_ports_are_known()
    {
        var back = Add(_builder.AddProject<SampleProject>("back").WithHttpsEndpoint(name: "mtls"));
        var front = Add(_builder.AddProject<SampleProject>("front").WithEnvironment("URL", $"{{{back.GetEndpoint("mtls")}}}/v2"));
        var variables = await ResolveAsync(front);
        Assert.Equal("{" + back.GetEndpoint("mtls").Url + "}/v2", variables["URL"]);
    }

    [Fact]
    public async Task A_port_goes_to_its_own_variable_or_else_to_aspnet_core()
    {
        var project = Add(_builder.AddProject<SampleProject>("project").WithHttpsEndpoint(name: "mtls", env: "PORT").WithHttpEndpoint(name: "web"));
        var variables = await ResolveAsync(project);
        Assert.Equal($"{project.GetEndpoint("mtls").Port}", variables["PORT"]);
        Assert.Equal(project.GetEndpoint("web").Url, variables["ASPNETCORE_URLS"]);
    }

    [Fact]
    public async Task The_last_value_of_a_variable_wins()
    {
        var project = Add(_builder.AddProject<SampleProject>("project").WithEnvironment("A", "1").WithEnvironment("A", "2"));
        Assert.Equal("2", (await ResolveAsync(project))["A"]);
    }

    [Fact]
    public async Task A_project_is_known_to_telemetry_by_its_resources_name()
    {
        var variables = await ResolveAsync(Add(_builder.AddProject<SampleProject>("verifier-1")));
        Assert.Equal("verifier-1", variables["OTEL_SERVICE_NAME"]);
        Assert.Matches("^service.instance.id=[0-9a-f]{8}$", variables["OTEL_RESOURCE_ATTRIBUTES"]);
    }

    [Fact]
    public void An_endpoint_has_no_port_before_the_start()
    {
        var project = _builder.AddProject<SampleProject>("project").WithHttpEndpoint();
        Assert.Throws<InvalidOperationException>(() => project.GetEndpoint("http").Port);
        Assert.Throws<InvalidOperationException>(() => project.GetEndpoint("absent").Url);
    }

    public ValueTask DisposeAsync() => _builder.BuildUntested().DisposeAsync();

    private IResourceBuilder<T> Add<T>(IResourceBuilder<T> resource) where T : IResource
    {
        _model.Add(resource.Resource);
        return resource;
    }

    private Task<IReadOnlyDictionary<string, string>> ResolveAsync(IResourceBuilder<IResource> resource)
    {
        PortAllocation.Allocate(_model, randomize: true);
        return ResourceEnvironment.ResolveAsync(resource.Resource, CancellationToken.None);
    }
}
