using Keylime.Agent.Http;
using Keylime.Agent.Identity;
using Keylime.Agent.Info;
using Keylime.Agent.Payload;
using Keylime.Agent.Privileges;
using Keylime.Agent.Quotes;
using Keylime.Agent.Registration;
using Keylime.Agent.Revocation;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tpm.Devices;

namespace Keylime.Agent;

/// <summary>The agent from start to end, in the order of the Rust agent: logs, privileges, TPM, keys, registration, and only then the port.</summary>
internal static class AgentProgram
{
    private const int Failed = 1;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        using var signals = new StopSignals();
        try { return await RunAsync(args, signals); }
        catch (Exception e) when (e is RegistrationException or TpmUnavailableException or TpmCommandException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Keylime.Agent: {e.Message}");
            return Failed;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested) { return 0; }
    }

    private static async Task<int> RunAsync(string[] args, StopSignals signals)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("agent");
        var config = AgentConfig.Read(builder.GetKeylimeSettings());
        using var imaList = new MeasurementLogFile(config.ImaListPath);
        using var bootLog = new MeasurementLogFile(config.BootLogPath);
        var privileges = PrivilegeDrop.Enter(config);

        var tpm = new TpmDevice(TpmTransport.Create(FindTpm()), endorsementAuth: config.EndorsementPassword);
        var agent = await new AgentProvisioning(config, tpm, TimeProvider.System).RunAsync(signals.Token);
        Listen(builder, config, agent.Identity);
        AddServices(builder.Services, config, tpm, agent, imaList, bootLog);

        await using var app = builder.Build();
        MapRoutes(app, config);
        app.Services.GetRequiredService<AgentStartLog>().Write(agent, privileges, [imaList, bootLog], TimeProvider.System.GetUtcNow());
        app.BeginTelemetry();
        await app.Services.GetRequiredService<AgentRegistration>().RegisterAsync(signals.Token);
        signals.Dispose();
        await app.RunAsync();
        return 0;
    }

    /// <summary>Variable <c>TCTI</c>; without it the device with the kernel's resource manager, or else the one without.</summary>
    private static TctiName FindTpm()
    {
        if (Environment.GetEnvironmentVariable("TCTI") is { Length: > 0 } text)
            return TctiName.TryParse(text, out var name, out var error) ? name : throw new ConfigurationException($"TCTI: {error}");
        return File.Exists("/dev/tpmrm0") ? TctiName.Default : new TctiName.Device("/dev/tpm0");
    }

    private static void Listen(WebApplicationBuilder builder, AgentConfig config, AgentIdentity identity)
    {
        if (identity.ServerCertificate is { } certificate)
            builder.ListenTls(config.ListenAddress, config.ListenPort, new(TlsIdentity.From(certificate), config.Clients, ClientCertificates.Mandatory));
        else builder.ListenPlain(config.ListenAddress, config.ListenPort);
    }

    private static void AddServices(
        IServiceCollection services, AgentConfig config, TpmDevice tpm, ProvisionedAgent agent, MeasurementLogFile imaList, MeasurementLogFile bootLog)
    {
        services.AddSingleton(config).AddSingleton(agent.Identity).AddSingleton(tpm).AddSingleton(agent.AttestationKey);
        services.AddSingleton<AgentStartLog>();
        services.AddSingleton(RegistrarConnection.Open(config.Registration, agent.Identity.Id, TimeProvider.System));
        services.AddSingleton<CredentialActivation>().AddSingleton<AgentRegistration>();
        services.AddSingleton<QuoteMetrics>().AddSingleton<QuoteSource>().AddSingleton<MeasurementLogs>();
        services.AddSingleton(new ImaListReader(imaList));
        services.AddSingleton(provider => new BootLogReader(bootLog, provider.GetRequiredService<ILogger<BootLogReader>>()));
        services.AddSingleton(config.Payload).AddSingleton(new PayloadShares(agent.Identity.Id));
        services.AddSingleton<PayloadRun>().AddSingleton<PayloadLoop>().AddHostedService(provider => provider.GetRequiredService<PayloadLoop>());
        services.AddSingleton(config.Revocation);
        services.AddSingleton<RevocationActions>().AddSingleton<RevocationLoop>().AddHostedService(provider => provider.GetRequiredService<RevocationLoop>());
    }

    private static void MapRoutes(WebApplication app, AgentConfig config)
    {
        app.MapDefaultEndpoints();
        app.Use(next => context => AgentHttp.WrapEmptyErrors(context, next));
        app.UseKeylimeHttp(AgentHttp.Options(config.ApiVersions));
        Allow(app.MapVersion(), config);
        // The minor version is taken off the path before routing; see KeylimeHttp.
        var api = Allow(app.MapGroup("/v2"), config);
        api.MapQuotes();
        api.MapKeys();
        api.MapInfo();
        api.MapNotifications();
    }

    /// <summary>Everything is for holders of a trusted certificate, or, without mutual TLS, for whoever can reach the port.</summary>
    private static T Allow<T>(T route, AgentConfig config) where T : IEndpointConventionBuilder =>
        config.MutualTls ? route.RequireAdmin() : route.AllowEveryoneOverPlainHttp();
}
