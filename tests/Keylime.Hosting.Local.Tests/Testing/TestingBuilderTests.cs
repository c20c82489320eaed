using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Aspire.Hosting.Tests.Testing;

public sealed class TestingBuilderTests
{
    [Fact]
    public async Task A_test_gets_the_application_that_program_composes_on_ports_of_its_own()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Program>([]);
        builder.AddExecutable("added-by-the-test", "true", ".");
        await using var app = await builder.BuildAsync();
        await app.StartAsync(AppHost.Patience);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("family", AppHost.Patience);
        await app.ResourceNotifications.WaitForResourceAsync("added-by-the-test", KnownResourceStates.Finished, AppHost.Patience);
        Assert.NotEqual(8890, app.GetEndpoint("front", "plain").Port);
        using var client = app.CreateHttpClient("front", "plain");
        Assert.Equal(app.GetEndpoint("front", "plain"), client.BaseAddress);
    }

    [Fact]
    public async Task A_test_changes_the_environment_of_one_resource_by_its_name()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Program>([]);
        builder.AddExecutable("printer", "env", ".").WithEnvironment("ADDRESS", "original");
        builder.CreateResourceBuilder<ExecutableResource>("printer").WithEnvironment("ADDRESS", "changed");
        Assert.Throws<InvalidOperationException>(() => builder.CreateResourceBuilder<ExecutableResource>("nobody"));
        Assert.Throws<InvalidOperationException>(() => builder.CreateResourceBuilder<RedisResource>("printer"));
        await using var app = await builder.BuildAsync();
        await app.StartAsync(AppHost.Patience);
        await app.ResourceNotifications.WaitForResourceAsync("printer", KnownResourceStates.Finished, AppHost.Patience);
        var logs = Path.Combine(builder.Configuration["Local:RunDirectory"]!, "state", "logs");
        Assert.Contains("ADDRESS=changed", await File.ReadAllLinesAsync(Path.Combine(logs, "printer.log")));
    }

    [Fact]
    public async Task Two_applications_run_side_by_side()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        Assert.NotEqual(first.GetEndpoint("back", "web"), second.GetEndpoint("back", "web"));
    }

    private static async Task<DistributedApplication> StartAsync()
    {
        var app = await (await DistributedApplicationTestingBuilder.CreateAsync<Program>([])).BuildAsync();
        await app.StartAsync(AppHost.Patience);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", AppHost.Patience);
        return app;
    }
}
