using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keylime.Load.Cluster;

/// <summary>What <c>./keylime status --json</c> prints, as far as it matters here.</summary>
internal sealed record ClusterStatus(IReadOnlyList<ServiceStatus> Services, TlsStatus Tls)
{
    /// <summary>The processes: a service's further listeners (<c>name/listener</c>) repeat its own.</summary>
    public IEnumerable<ServiceStatus> Processes => Services.Where(service => !service.Name.Contains('/', StringComparison.Ordinal));

    public ServiceStatus? Find(string name) => Services.FirstOrDefault(service => service.Name == name);

    public static ClusterStatus? TryParse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ClusterStatusJson.Default.ClusterStatus) is { Services: not null, Tls: not null } status ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record ServiceStatus(string Name, string Kind, string State, string? Address, int? Pid);

internal sealed record TlsStatus(string Directory);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class ClusterStatusJson : JsonSerializerContext;
