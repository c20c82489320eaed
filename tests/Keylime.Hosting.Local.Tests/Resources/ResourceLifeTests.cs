using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Tests.Resources;

public sealed class ResourceLifeTests
{
    private readonly DistributedApplicationBuilder _builder = AppHost.Create();

    private string Run => _builder.Configuration[StateDirectory.RunDirectoryKey]!;

    [Fact]
    public async Task A_job_that_ends_well_lets_those_go_on_that_wait_for_it()
    {
        var job = Shell("job", $"echo made > {Run}/made");
        Shell("next", $"cat {Run}/made").WaitForCompletion(job);
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("next", KnownResourceStates.Finished, AppHost.Patience);
    }

    [Fact]
    public async Task A_job_that_fails_fails_those_that_wait_for_it()
    {
        var job = Shell("job", "exit 3");
        Shell("next", "sleep 1000").WaitForCompletion(job);
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("next", KnownResourceStates.FailedToStart, AppHost.Patience);
        var ended = await app.ResourceNotifications.WaitForResourceAsync("job", KnownResourceStates.TerminalStates, AppHost.Patience);
        Assert.Equal(KnownResourceStates.Exited, ended);
    }

    [Fact]
    public async Task Nobody_starts_before_what_it_waits_for_is_healthy()
    {
        _builder.Services.AddHealthChecks().AddCheck("opened", () => File.Exists($"{Run}/open") ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        var slow = Shell("slow", "sleep 1000").WithHealthCheck("opened");
        Shell("next", $"test -e {Run}/open").WaitFor(slow);
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("slow", KnownResourceStates.Running, AppHost.Patience);
        await app.ResourceNotifications.WaitForResourceAsync("next", KnownResourceStates.Waiting, AppHost.Patience);
        await File.WriteAllTextAsync($"{Run}/open", "");
        await app.ResourceNotifications.WaitForResourceAsync("next", KnownResourceStates.Finished, AppHost.Patience);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_to_start()
    {
        _builder.AddExecutable("ghost", "/no/such/program", ".");
        await using var app = await _builder.StartAsync();
        var state = await app.ResourceNotifications.WaitForResourceAsync("ghost", KnownResourceStates.TerminalStates, AppHost.Patience);
        Assert.NotEqual(KnownResourceStates.Finished, state);
    }

    [Fact]
    public async Task An_explicit_start_is_waited_for()
    {
        Shell("later", "sleep 1000").WithExplicitStart();
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("later", KnownResourceStates.NotStarted, AppHost.Patience);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("later", KnownResourceCommands.StartCommand, AppHost.Patience)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("later", AppHost.Patience);
    }

    [Fact]
    public async Task A_restart_keeps_the_port_and_makes_a_new_process()
    {
        Shell("server", "echo port $PORT; exec sleep 1000").WithHttpEndpoint(name: "web", env: "PORT");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("server", AppHost.Patience);
        var (address, process) = (app.GetEndpoint("server", "web"), await app.PidAsync("server"));

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.RestartCommand, AppHost.Patience)).Success);
        Assert.Equal(address, app.GetEndpoint("server", "web"));
        Assert.NotEqual(process, await app.PidAsync("server"));
        Assert.False(Directory.Exists($"/proc/{process}"));
    }

    [Fact]
    public async Task Stop_ends_the_process_and_says_so_and_a_second_stop_is_refused()
    {
        Shell("server", "exec sleep 1000");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("server", AppHost.Patience);
        var process = await app.PidAsync("server");

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.StopCommand, AppHost.Patience)).Success);
        await app.ResourceNotifications.WaitForResourceAsync("server", KnownResourceStates.Exited, AppHost.Patience);
        Assert.False(Directory.Exists($"/proc/{process}"));
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.StopCommand, AppHost.Patience)).Success);
    }

    [Fact]
    public async Task A_running_resource_is_not_started_twice_and_an_unknown_one_not_at_all()
    {
        Shell("server", "exec sleep 1000");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("server", AppHost.Patience);
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("server", KnownResourceCommands.StartCommand, AppHost.Patience)).Success);
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("nobody", KnownResourceCommands.StartCommand, AppHost.Patience)).Success);
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("server", "dance", AppHost.Patience)).Success);
    }

    [Fact]
    public async Task Whoever_sees_a_process_end_can_start_it_again_at_once()
    {
        Shell("job", "exit 3");
        await using var app = await _builder.StartAsync();
        for (var i = 0; i < 30; i++)
        {
            await app.ResourceNotifications.WaitForResourceAsync("job", KnownResourceStates.TerminalStates, AppHost.Patience);
            var started = await app.ResourceCommands.ExecuteCommandAsync("job", KnownResourceCommands.StartCommand, AppHost.Patience);
            Assert.DoesNotContain("already", started.ErrorMessage ?? "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_command_of_its_own_is_executed_with_the_resources_name()
    {
        var called = "";
        Shell("server", "exec sleep 1000").WithCommand("tamper", "Tamper", context =>
        {
            called = context.ResourceName;
            return Task.FromResult(CommandResults.Failure("refused"));
        });
        await using var app = await _builder.StartAsync();
        var result = await app.ResourceCommands.ExecuteCommandAsync("server", "tamper", AppHost.Patience);
        Assert.Equal("server", called);
        Assert.Equal("refused", result.ErrorMessage);
    }

    [Fact]
    public async Task The_end_comes_in_the_reverse_order_of_need_and_leaves_nothing()
    {
        var orderFile = Path.GetTempFileName();
        var below = Shell("below", $"trap 'echo below >> {orderFile}; exit 0' TERM; while :; do sleep 0.05; done");
        Shell("above", $"trap 'sleep 0.2; echo above >> {orderFile}; exit 0' TERM; while :; do sleep 0.05; done").WaitFor(below);
        var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("above", AppHost.Patience);
        // The trap is set by the time that the shell has looped; its first log line says so for neither, so ask the kernel.
        await CaughtSignals.WaitForAsync(await app.PidAsync("above"), Signal.Terminate, AppHost.Patience);
        await CaughtSignals.WaitForAsync(await app.PidAsync("below"), Signal.Terminate, AppHost.Patience);
        var run = Run;

        await app.StopAsync(AppHost.Patience);
        await app.DisposeAsync();
        Assert.Equal(["above", "below"], await File.ReadAllLinesAsync(orderFile));
        Assert.False(Directory.Exists(run));
        File.Delete(orderFile);
    }

    [Fact]
    public async Task What_a_process_leaves_in_its_group_ends_with_it()
    {
        Shell("parent", $"sleep 1000 & echo $! > {Run}/child; exit 0");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("parent", KnownResourceStates.Finished, AppHost.Patience);
        var child = int.Parse(await File.ReadAllTextAsync($"{Run}/child"), System.Globalization.CultureInfo.InvariantCulture);
        await Condition.HoldsAsync(() => !ProcessState.Lives(child), AppHost.Patience);
    }

    [Fact]
    public async Task Output_and_error_output_are_in_the_resources_log()
    {
        Shell("talker", "echo out; echo err >&2");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("talker", KnownResourceStates.Finished, AppHost.Patience);
        var log = await File.ReadAllLinesAsync(Path.Combine(Run, "state", "logs", "talker.log"));
        Assert.Equal(["err", "out"], log.Order());
    }

    [Fact]
    public async Task A_variable_with_a_hyphen_in_its_name_arrives()
    {
        _builder.AddExecutable("printer", "env", ".").WithEnvironment("services__verifier-0__mtls__0", "https://127.0.0.1:1");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("printer", KnownResourceStates.Finished, AppHost.Patience);
        Assert.Contains("services__verifier-0__mtls__0=https://127.0.0.1:1", await File.ReadAllLinesAsync(Path.Combine(Run, "state", "logs", "printer.log")));
    }

    private IResourceBuilder<ExecutableResource> Shell(string name, string script) => _builder.AddExecutable(name, "sh", Run, "-c", script);
}
