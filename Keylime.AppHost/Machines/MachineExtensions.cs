using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.AppHost.Machines;

/// <summary>Machines to attest: each a software TPM, a folder that stands for its root, and an agent. One measurer plays the kernel's part (IMA) for all.</summary>
internal static class MachineExtensions
{
    public static void AddMachines(
        this IDistributedApplicationBuilder builder, int count, ClusterFolder folder, IResourceBuilder<ProjectResource> front,
        IReadOnlyList<IResourceBuilder<ProjectResource>> services, IResourceBuilder<ProjectResource> certificates)
    {
        if (count == 0)
            return;
        var template = Path.Combine(builder.AppHostDirectory, "Workload");
        var setup = EndorsementAuthority.Create(folder);
        var ima = builder.AddProject<Projects.Keylime_ImaMeasurer>("ima").WithHealthCheck("ima");
        // What the machines should be: the template's files, and the boot aggregate that a machine's list begins with.
        var policy = builder.AddTenant("policy", folder, front).WaitFor(ima)
            .WithArgs("policy", "runtime", "create", "--rootfs", template, "--ima-measurement-list", MeasurementList(folder.Machine("agent-0")), "-o", folder.RuntimePolicy);
        var enrollment = builder.AddTenant("enrollment", folder, front).WaitFor(front).WaitForCompletion(policy);
        foreach (var service in services)
            enrollment.WaitFor(service);

        enrollment.WithArgs("agent", "add");
        var lists = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var name = $"agent-{i}";
            var machine = folder.Machine(name);
            var workload = new Workload(template, machine);
            workload.Install();
            var list = MeasurementList(machine);
            lists.Add(list);
            var tpm = builder.AddSoftwareTpm($"tpm-{i}", machine, setup);
            ima.WithArgs("--machine", $"{name},{SoftwareTpm.Tcti(machine)},{workload.Root},{list}").WaitFor(tpm);

            var agent = builder.AddProject<Projects.Keylime_Agent>(name)
                .WithHttpsEndpoint(name: "mtls", env: "KEYLIME_AGENT_PORT")
                .WithManagement()
                .WithEnvironment("KEYLIME_DIR", machine)
                .WithEnvironment("TCTI", SoftwareTpm.Tcti(machine))
                .WithEnvironment("KEYLIME_AGENT_UUID", name)
                .WithEnvironment("KEYLIME_AGENT_IP", "127.0.0.1")
                .WithEnvironment("KEYLIME_AGENT_CONTACT_IP", "127.0.0.1")
                .WithEnvironment("KEYLIME_AGENT_IMA_ML_PATH", list)
                .WithEnvironment("KEYLIME_AGENT_MEASUREDBOOT_ML_PATH", Path.Combine(machine, "binary_bios_measurements")) // None: never that of this machine.
                .WithEnvironment("KEYLIME_AGENT_TRUSTED_CLIENT_CA", Path.Combine(folder.Certificates, "cacert.crt"))
                .WithEnvironment("KEYLIME_AGENT_REGISTRAR_IP", $"{front.GetEndpoint("registrar").Property(EndpointProperty.HostAndPort)}")
                .WithEnvironment("KEYLIME_AGENT_RUN_AS", "") // The folder is ours, not that of an account that a package may have made.
                .WithCommand("tamper", "Change a measured file", _ => TamperAsync(workload))
                .WithCommand("reboot", "Restore the files and power-cycle the TPM", context => RebootAsync(workload, tpm.Resource.Name, list, context))
                .WaitFor(tpm).WaitFor(front).WaitForCompletion(certificates);
            agent.WithEnvironment("KEYLIME_AGENT_CONTACT_PORT", $"{agent.GetEndpoint("mtls").Property(EndpointProperty.Port)}");
            enrollment.WithArgs(name).WaitFor(agent);
        }

        enrollment.WithArgs("--runtime-policy", folder.RuntimePolicy, "--wait-registered", "60s");
        builder.Services.AddHealthChecks().AddCheck("ima", () => lists.TrueForAll(list => new FileInfo(list) is { Exists: true, Length: > 0 }) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
    }

    private static string MeasurementList(string machineFolder) => Path.Combine(machineFolder, "ascii_runtime_measurements");

    private static Task<ExecuteCommandResult> TamperAsync(Workload workload)
    {
        workload.Tamper();
        return Task.FromResult(CommandResults.Success());
    }

    /// <summary>As a machine boots: everything stops, the TPM is powered on, the kernel measures (here: the measurer begins a new list), and only then the agent starts.
    /// An agent that ran on would quote a TPM into which nothing was measured yet, and fail for it.</summary>
    private static async Task<ExecuteCommandResult> RebootAsync(Workload workload, string tpm, string list, ExecuteCommandContext context)
    {
        var commands = context.ServiceProvider.GetRequiredService<ResourceCommandService>();
        var cancellation = context.CancellationToken;
        await commands.ExecuteCommandAsync(context.ResourceName, KnownResourceCommands.StopCommand, cancellation);
        workload.Install();
        await commands.ExecuteCommandAsync(tpm, KnownResourceCommands.StopCommand, cancellation);
        File.Delete(list);
        if (await commands.ExecuteCommandAsync(tpm, KnownResourceCommands.StartCommand, cancellation) is { Success: false } failed) return failed;
        while (new FileInfo(list) is not { Exists: true, Length: > 0 }) await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
        return await commands.ExecuteCommandAsync(context.ResourceName, KnownResourceCommands.StartCommand, cancellation);
    }
}
