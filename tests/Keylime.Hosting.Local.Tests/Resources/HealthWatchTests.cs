using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Tests.Resources;

public sealed class HealthWatchTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-hosting-tests-");

    [Fact]
    public async Task A_process_that_cannot_even_be_asked_is_not_healthy_and_is_asked_again()
    {
        var notifications = new ResourceNotificationService();
        await using var services = new ServiceCollection().AddLogging().AddHealthChecks().Services.BuildServiceProvider();
        using var reaper = new GroupReaper();
        using var launcher = new ProcessLauncher(reaper);
        var model = new ExecutableResource("odd", "sleep", "/");
        var definition = new OddProcess();
        using var resource = new LocalResource(
            model, definition, launcher, new(model, definition, notifications), new(model, services.GetRequiredService<HealthCheckService>()),
            new(Path.Combine(_folder.FullName, "odd.env")), new(Path.Combine(_folder.FullName, "odd.log"), "odd", NullLoggerFactory.Instance), NullLogger.Instance);
        await resource.BeginAsync(AppHost.Patience);
        await notifications.WaitForResourceHealthyAsync("odd", AppHost.Patience);
        Assert.True((await resource.StopAsync(AppHost.Patience)).Success);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class OddProcess : IProcessDefinition
    {
        private int _asked;

        public string Kind => "Odd";

        public Task<ProcessSpec> DescribeAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new ProcessSpec("sleep", ["1000"], new Dictionary<string, string>(), "/"));

        public Task<bool> IsServingAsync(CancellationToken cancellationToken) => _asked++ == 0 ? throw new NotSupportedException("odd") : Task.FromResult(true);
    }
}
