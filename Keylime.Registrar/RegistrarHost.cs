using System.Net;
using Keylime.Attestation.Agents;
using Keylime.Registrar.Activation;
using Keylime.Registrar.Agents;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Keylime.Storage;

namespace Keylime.Registrar;

/// <summary>The registrar: proves that an attestation key lives in the TPM that owns an endorsement key, and remembers it.</summary>
public static class RegistrarHost
{
    public static WebApplication Compose(WebApplicationBuilder builder, KeylimeSettings settings)
    {
        builder.AddServiceDefaults(settings);
        builder.Services.AddRegistrarStorage(StorageConfig.Read(
            builder.Configuration.GetConnectionString("registrar"),
            settings.GetText("database_url", "sqlite"),
            settings.GetText("database_pool_sz_ovfl", "5,10"),
            Path.Combine(settings.WorkDirectory, StorageConfig.RegistrarFile),
            settings.GetBoolean("auto_migrate_db", true)));
        builder.Services
            .AddSingleton(RegistrarConfig.Read(settings))
            .AddSingleton<RegistrarAudit>().AddSingleton<RegistrarMetrics>()
            .AddSingleton<DevIdAuthorities>().AddSingleton<DevIdRules>().AddSingleton<RegistrationRules>()
            .AddSingleton<RegisterAgent>().AddSingleton<ActivateAgent>();

        var address = settings.GetAddress("ip", IPAddress.Loopback);
        builder.ListenPlain(address, settings.GetPort("port", 8890));
        builder.ListenTls(address, settings.GetPort("tls_port", 8891), ServerTls.Load(settings));

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseKeylimeHttp(new() { IsOutage = e => e is StoreUnavailableException });
        app.MapVersion();
        foreach (var version in (string[])["/v1", "/v2"])
            app.MapGroup(version).MapAgents().MapRegistrationById().MapActivation().MapActivationByPut();
        app.MapGroup("/v3").MapAgents().MapActivation();
        return app;
    }
}
