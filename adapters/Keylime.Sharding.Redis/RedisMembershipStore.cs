using System.Text.Json;
using System.Text.Json.Serialization;
using StackExchange.Redis;

namespace Keylime.Sharding.Redis;

/// <summary>Members as a hash from instance name to JSON, beside a sorted set of their last beats on Redis's clock.</summary>
public sealed partial class RedisMembershipStore(RedisConnection redis) : IMembershipStore
{
    private static readonly RedisKey[] Keys = ["{keylime}:members", "{keylime}:beats"];

    /// <summary>A member that has not beaten for this long is deleted. Far above any lease: readers judge by themselves who is dead.</summary>
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(1);

    /// <summary>ARGV: milliseconds to forget after; then instance and JSON of the member that beats, if one does.
    /// Answers instance, JSON, beat (microseconds of Redis's clock, as text: Lua's numbers would lose digits) and so on.</summary>
    private const string BeatAndList = """
        if redis.replicate_commands then redis.replicate_commands() end
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        if ARGV[2] then
            redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
            redis.call('ZADD', KEYS[2], string.format('%.0f', time[1] * 1000000 + time[2]), ARGV[2])
            local forgotten = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', (now - ARGV[1]) * 1000))
            for _, instance in ipairs(forgotten) do
                redis.call('HDEL', KEYS[1], instance)
                redis.call('ZREM', KEYS[2], instance)
            end
        end
        local answer = {}
        for i, text in ipairs(redis.call('HGETALL', KEYS[1])) do
            answer[#answer + 1] = text
            if i % 2 == 0 then answer[#answer + 1] = redis.call('ZSCORE', KEYS[2], answer[#answer - 1]) or '0' end
        end
        return answer
        """;

    public Task<IReadOnlyCollection<MemberHeartbeat>> BeatAsync(Member self, CancellationToken ct) =>
        RunAsync([(long)ForgetAfter.TotalMilliseconds, self.Instance, JsonSerializer.Serialize(self, MemberJson.Default.Member)], ct);

    public Task<IReadOnlyCollection<MemberHeartbeat>> ListAsync(CancellationToken ct) =>
        RunAsync([(long)ForgetAfter.TotalMilliseconds], ct);

    // An entry that is not ours to read (a newer version's, another program's) is nobody who could own a shard.
    private Task<IReadOnlyCollection<MemberHeartbeat>> RunAsync(RedisValue[] arguments, CancellationToken ct) => redis.RunAsync<IReadOnlyCollection<MemberHeartbeat>>(
        BeatAndList, Keys, arguments, answer => [.. ((RedisValue[])answer!).Chunk(3).Select(Read).OfType<MemberHeartbeat>()], ct);

    private static MemberHeartbeat? Read(RedisValue[] entry)
    {
        try
        {
            var member = JsonSerializer.Deserialize((string?)entry[1] ?? "null", MemberJson.Default.Member);
            return member is { Instance: not null, Address: not null } && member.Instance == entry[0]
                ? new(member, (long)(double)entry[2])
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(Member))]
    private sealed partial class MemberJson : JsonSerializerContext;
}
