using System.Globalization;
using StackExchange.Redis;

namespace Keylime.Sharding.Redis;

/// <summary>Leases as one hash <c>{keylime}:leases</c>: shard to <c>UNTIL OWNER</c>, UNTIL in milliseconds on Redis's clock.</summary>
/// <remarks>
/// Not a key per shard that expires by itself: a renewal would then cost the server two commands a shard, for ever, where this costs four for 256 shards. What has run
/// out stays in the hash until somebody takes it; there are never more fields than shards. The hash tag keeps everything of ours in one slot of a Redis Cluster.
/// </remarks>
public sealed class RedisLeaseStore(RedisConnection redis, int shardCount) : ILeaseStore
{
    private static readonly RedisKey[] Keys = ["{keylime}:leases"];

    /// <summary>Shards per call: a script blocks the server while it runs, so it is kept well below a millisecond.</summary>
    private const int BatchSize = 256;

    /// <summary>What is not of our form is nobody's lease.</summary>
    private const string Clock = """
        if redis.replicate_commands then redis.replicate_commands() end
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function read(lease)
            local till, owner = string.match(lease or '', '^(%d+) (.+)$')
            till = tonumber(till)
            return owner, owner and till > now, till
        end

        """;

    /// <summary>ARGV: owner, milliseconds, shards. Answers one 1 or 0 per shard.</summary>
    private const string Claim = Clock + """
        local lease = string.format('%.0f', now + ARGV[2]) .. ' ' .. ARGV[1]
        local granted, taken = {}, {}
        for i, held in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV, 3))) do
            local owner, lives, till = read(held)
            if lives and owner ~= ARGV[1] and till <= now + 2 * ARGV[2] then
                granted[i] = 0
            else
                granted[i] = 1
                taken[#taken + 1] = ARGV[i + 2]
                taken[#taken + 1] = lease
            end
        end
        if #taken > 0 then redis.call('HSET', KEYS[1], unpack(taken)) end
        return granted
        """;

    /// <summary>ARGV: owner, shards. Answers the number of freed leases.</summary>
    private const string Release = Clock + """
        local freed = {}
        for i, held in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV, 2))) do
            if read(held) == ARGV[1] then freed[#freed + 1] = ARGV[i + 1] end
        end
        if #freed > 0 then redis.call('HDEL', KEYS[1], unpack(freed)) end
        return #freed
        """;

    /// <summary>Answers shard, owner, shard, owner and so on.</summary>
    private const string List = Clock + """
        local answer, shard = {}, nil
        for i, text in ipairs(redis.call('HGETALL', KEYS[1])) do
            if i % 2 == 1 then
                shard = text
            else
                local owner, lives = read(text)
                if lives then
                    answer[#answer + 1] = shard
                    answer[#answer + 1] = owner
                end
            end
        end
        return answer
        """;

    public async Task<IReadOnlyCollection<int>> ClaimAsync(
        IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct)
    {
        var batches = shards.Chunk(BatchSize).ToList();
        var answers = await Task.WhenAll(batches.Select(batch =>
            redis.RunAsync(Claim, Keys, [owner.ToString(), (long)duration.TotalMilliseconds, .. ValuesOf(batch)], answer => Granted(batch, (int[])answer!), ct)));
        return [.. answers.SelectMany(shards => shards)];
    }

    public async Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct) =>
        await Task.WhenAll(shards.Chunk(BatchSize).Select(batch => redis.RunAsync(Release, Keys, [owner.ToString(), .. ValuesOf(batch)], answer => answer, ct)));

    public Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync(CancellationToken ct) =>
        redis.RunAsync<IReadOnlyDictionary<int, LeaseOwner>>(List, Keys, [], answer => Read((RedisValue[])answer!), ct);

    private static IEnumerable<int> Granted(int[] batch, int[] answer) => [.. batch.Zip(answer).Where(pair => pair.Second == 1).Select(pair => pair.First)];

    private Dictionary<int, LeaseOwner> Read(RedisValue[] answer)
    {
        var leases = new Dictionary<int, LeaseOwner>();
        foreach (var entry in answer.Chunk(2))
            if (int.TryParse((string?)entry[0], NumberStyles.None, CultureInfo.InvariantCulture, out var shard) && shard < shardCount && LeaseOwner.TryParse(entry[1], out var owner))
                leases[shard] = owner;
        return leases;
    }

    private static IEnumerable<RedisValue> ValuesOf(int[] shards) => shards.Select(shard => (RedisValue)shard);
}
