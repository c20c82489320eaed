using System.Diagnostics.Metrics;
using Keylime.Gateway.Backends;
using Keylime.Gateway.Forwarding;
using Keylime.Gateway.Routing;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Keylime.Sharding;
using Keylime.Sharding.Redis;
using Microsoft.AspNetCore.Http.Features;

namespace Keylime.Gateway;

/// <summary>Composes the gateway: three listeners, a pool of back ends behind each, one forwarder.</summary>
internal static class GatewayApplication
{
    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

    /// <summary>Takes a builder that has the service defaults.</summary>
    public static WebApplication Compose(WebApplicationBuilder builder)
    {
        var settings = builder.GetKeylimeSettings();
        var options = GatewayOptions.Read(settings, builder.Configuration);
        var tls = ServerTls.Load(settings, "gateway");
        builder.ListenTls(options.Ip, options.VerifierPort, tls);
        builder.ListenPlain(options.Ip, options.RegistrarPort);
        builder.ListenTls(options.Ip, options.RegistrarTlsPort, tls);
        // We log failures ourselves; the forwarder's lines come with every request, and with a stack trace for every client that hangs up.
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
        AddForwarding(builder.Services, options, ClientTls.Load(settings, "gateway"));
        AddMembership(builder.Services, options);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        var pools = app.Services.GetRequiredService<IReadOnlyList<BackendPool>>();
        var poolByPort = new Dictionary<int, BackendPool>
        {
            [options.VerifierPort] = pools[0],
            [options.RegistrarTlsPort] = pools[1],
            [options.RegistrarPort] = pools[2],
        };
        var forwarder = app.Services.GetRequiredService<Forwarder>();
        app.Run(context => AnswerAsync(context, poolByPort[context.Connection.LocalPort], forwarder, options));
        return app;
    }

    private static void AddForwarding(IServiceCollection services, GatewayOptions options, ClientTls tls)
    {
        services.AddSingleton(options);
        services.AddSingleton<IReadOnlyList<BackendPool>>(provider =>
        [
            Pool(provider, BackendKind.Verifier, options.Verifiers),
            Pool(provider, BackendKind.Registrar, options.Registrars),
            Pool(provider, BackendKind.PlainRegistrar, options.PlainRegistrars),
        ]);
        services.AddHttpForwarder();
        services.AddSingleton(_ => UpstreamConnections.Create(tls, options.HealthCheckTimeout));
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<Forwarder>();
        services.AddHostedService(provider => new HealthLoop(
            provider.GetRequiredService<IReadOnlyList<BackendPool>>(), provider.GetRequiredService<HttpMessageInvoker>(),
            options.HealthCheckInterval, options.HealthCheckTimeout, provider.GetRequiredService<TimeProvider>()));
        services.AddHealthChecks().AddCheck<BackendsHealthCheck>("backends");

        BackendPool Pool(IServiceProvider provider, string kind, IReadOnlyList<Backend> configured) =>
            new(kind, options.Shards, configured, options.Zone, provider.GetRequiredService<ILogger<BackendPool>>());
    }

    private static void AddMembership(IServiceCollection services, GatewayOptions options)
    {
        if (options.Redis is { } redis)
        {
            services.AddSingleton(provider => new RedisConnection(redis, options.Lease.RenewAfter, meters: provider.GetRequiredService<IMeterFactory>()));
            services.AddSingleton<IMembershipReader, RedisMembershipStore>();
        }
        else
            services.AddSingleton<IMembershipReader>(provider => new VerifiersMembership(
                Verifiers(provider), options.Verifiers, provider.GetRequiredService<HttpMessageInvoker>(), options.Lease.RenewAfter));
        services.AddHostedService(provider => new MembershipLoop(
            provider.GetRequiredService<IMembershipReader>(), Verifiers(provider), options.Lease,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MembershipLoop>>()));

        static BackendPool Verifiers(IServiceProvider provider) => provider.GetRequiredService<IReadOnlyList<BackendPool>>()[0];
    }

    private static Task AnswerAsync(HttpContext context, BackendPool pool, Forwarder forwarder, GatewayOptions options)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!Methods.Contains(context.Request.Method)) return Empty(context, StatusCodes.Status501NotImplemented);
        if (RequestTarget.Parse(raw) is not { } target || !Routes.Knows(pool.Kind, target)) return Empty(context, StatusCodes.Status404NotFound);
        return context.Request.ContentLength > options.MaxUploadBytes
            ? Answers.Error(StatusCodes.Status413PayloadTooLarge, $"Request body is larger than {options.MaxUploadBytes} bytes").ExecuteAsync(context)
            : forwarder.ForwardAsync(context, pool, target);
    }

    private static Task Empty(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
