using System.Net;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Sharding;

namespace Keylime.Verifier;

/// <summary>Who this verifier is and how it is reached. Names in comments are Keylime's options; ours are marked.</summary>
internal sealed record VerifierOptions
{
    /// <summary><c>uuid</c>: Keylime's verifier id, shared by interchangeable verifiers.</summary>
    public string Uuid { get; init; } = "default";
    /// <summary>Ours, <c>instance</c>: this process among them.</summary>
    public required string Instance { get; init; }
    /// <summary><c>ip</c>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;
    /// <summary><c>port</c>.</summary>
    public int Port { get; init; } = 8881;
    /// <summary>Ours, <c>advertised_address</c>: where other members and the gateway reach this process.</summary>
    public required string AdvertisedAddress { get; init; }
    /// <summary>Ours, <c>zone</c>: the failure zone of this process, told to the other members and to gateways; null for none.</summary>
    public string? Zone { get; init; }
    /// <summary>Ours, <c>shard_count</c>: the same in all processes, for the life of the cluster.</summary>
    public int ShardCount { get; init; } = ShardMap.DefaultCount;
    /// <summary>Ours, <c>lease_duration</c>: how soon a dead verifier's shards go to others.</summary>
    public TimeSpan LeaseDuration { get; init; } = LeaseRules.Default.Duration;
    /// <summary>Largest body of a request: <c>max_upload_size</c>.</summary>
    public int MaxUploadBytes { get; init; } = 100 * 1024 * 1024;
    /// <summary><c>require_allow_list_signatures</c>.</summary>
    public bool RequirePolicySignatures { get; init; }

    public static VerifierOptions From(KeylimeSettings settings)
    {
        var address = settings.GetAddress("ip", IPAddress.Loopback);
        var port = settings.GetPort("port", 8881);
        return new()
        {
            Uuid = settings.GetText("uuid", "default"),
            Instance = settings.GetText("instance", Environment.MachineName),
            Address = address,
            Port = port,
            AdvertisedAddress = settings.GetText("advertised_address", new IPEndPoint(address, port).ToString()),
            Zone = ZoneName.TryRead(settings.GetText("zone", ""), out var zone) ? zone : throw settings.Refuse("zone", ZoneName.Rule),
            ShardCount = settings.GetInteger("shard_count", ShardMap.DefaultCount, 1, ShardMap.MaxCount),
            LeaseDuration = settings.GetSeconds("lease_duration", LeaseRules.Default.Duration, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(5)),
            MaxUploadBytes = settings.GetInteger("max_upload_size", 100 * 1024 * 1024, 1024, int.MaxValue),
            RequirePolicySignatures = settings.GetBoolean("require_allow_list_signatures", false),
        };
    }
}
