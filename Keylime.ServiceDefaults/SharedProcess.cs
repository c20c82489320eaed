using Keylime.ServiceDefaults.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Keylime.ServiceDefaults;

/// <summary>Several services in one process. What a process has once, its telemetry and its listener for probes, belongs to one of them, the host;
/// the others are guests, and the host answers for their health.</summary>
public static class SharedProcess
{
    /// <summary>Makes the service a guest. Call it before the service defaults are added.</summary>
    public static WebApplicationBuilder AsGuestOf(this WebApplicationBuilder builder, string process) => builder.Place(new(process, IsHost: false, Guests: []));

    /// <summary>Makes the service the host. Call it before the service defaults are added.</summary>
    public static WebApplicationBuilder AsHostOf(this WebApplicationBuilder builder, string process, params IReadOnlyList<WebApplication> guests)
    {
        foreach (var guest in guests)
            builder.Services.AddHealthChecks()
                .AddCheck(NameOf(guest), new GuestHealth(guest, _ => true))
                .AddCheck($"{NameOf(guest)}-live", new GuestHealth(guest, check => check.Tags.Contains(HealthEndpoints.Live)), tags: [HealthEndpoints.Live]);
        return builder.Place(new(process, IsHost: true, [.. guests.Select(guest => guest.Lifetime)]));
    }

    /// <summary>The service's place; by default a process of its own.</summary>
    internal static ProcessPlace GetPlace(this IHostApplicationBuilder builder, string component) =>
        builder.Properties.TryGetValue(typeof(ProcessPlace), out var place) ? (ProcessPlace)place : new(component, IsHost: true, Guests: []);

    private static WebApplicationBuilder Place(this WebApplicationBuilder builder, ProcessPlace place)
    {
        ((IHostApplicationBuilder)builder).Properties[typeof(ProcessPlace)] = place;
        return builder;
    }

    private static string NameOf(WebApplication guest) => guest.Services.GetRequiredService<Configuration.KeylimeSettings>().Component;
}

/// <summary>Where a service runs.</summary>
/// <param name="Process">The process's name, as its telemetry has it.</param>
/// <param name="IsHost">Whether the service is the process's host.</param>
/// <param name="Guests">Lives of the host's guests.</param>
internal sealed record ProcessPlace(string Process, bool IsHost, IReadOnlyList<IHostApplicationLifetime> Guests);
