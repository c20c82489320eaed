using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.AppHost.Machines;

/// <summary>A TPM 2.0 in software, a resource of its own: made once with endorsement certificates, then served on Unix sockets.</summary>
internal static class SoftwareTpm
{
    /// <summary>How tpm2-tools, and our programs, spell the way to it.</summary>
    public static string Tcti(string machineFolder) => $"swtpm:path={Socket(machineFolder)}";

    public static IResourceBuilder<ExecutableResource> AddSoftwareTpm(this IDistributedApplicationBuilder builder, string name, string machineFolder, string setupConfiguration)
    {
        var state = Directory.CreateDirectory(Path.Combine(machineFolder, "tpm")).FullName;
        var setup = builder.AddExecutable($"{name}-setup", "swtpm_setup", machineFolder,
            "--tpm2", "--tpm-state", state, "--create-ek-cert", "--pcr-banks", "sha1,sha256", "--config", setupConfiguration, "--not-overwrite");
        builder.Services.AddHealthChecks().AddAsyncCheck(name, cancellation => ConnectAsync(Socket(machineFolder), cancellation));
        // A power-on: PCRs begin at zero each time that it starts, as after a boot.
        return builder.AddExecutable(name, "swtpm", machineFolder, "socket", "--tpm2", "--tpmstate", $"dir={state}",
                "--server", $"type=unixio,path={Socket(machineFolder)}", "--ctrl", $"type=unixio,path={Socket(machineFolder)}.ctrl",
                "--flags", "not-need-init,startup-clear")
            .WithHealthCheck(name)
            .WaitForCompletion(setup);
    }

    private static string Socket(string machineFolder) => Path.Combine(machineFolder, "tpm.sock");

    private static async Task<HealthCheckResult> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (SocketException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
