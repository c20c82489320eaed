using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace Keylime.Sharding.Redis;

/// <summary>One Redis server: connects at first use, reconnects by itself, and turns every outage into one exception.</summary>
/// <remarks>Only what StackExchange.Redis 1.2 and 2.x have in common is used.</remarks>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Keylime.Sharding.Redis";

    // Scripts are sent in full (a few hundred bytes): a restarted or flushed server has forgotten the loaded ones.
    private const CommandFlags ScriptFlags = CommandFlags.NoScriptCache | CommandFlags.DemandMaster;

    private readonly ConfigurationOptions _options;
    private readonly TimeSpan _timeout;
    private readonly Meter? _meter;
    private readonly Counter<long>? _commands;
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;

    /// <param name="connectionString"><c>host:port,password=secret,ssl=true</c>, as StackExchange.Redis reads it.</param>
    /// <param name="timeout">Longest time of a call, connecting included; <see cref="LeaseRules.RenewAfter"/> for leases.</param>
    /// <param name="trustedAuthorities">Whom the server's certificate must chain to; null for the system's authorities.</param>
    /// <param name="meters">For the number of commands; null not to count.</param>
    public RedisConnection(string connectionString, TimeSpan timeout, X509Certificate2Collection? trustedAuthorities = null, IMeterFactory? meters = null)
    {
        _meter = meters?.Create(MeterName);
        _commands = _meter?.CreateCounter<long>("keylime.sharding.redis.commands", description: "Commands sent to Redis");
        _timeout = timeout;
        var milliseconds = (int)timeout.TotalMilliseconds;
        _options = ConfigurationOptions.Parse(connectionString);
        _options.AbortOnConnectFail = false;
        (_options.ConnectTimeout, _options.SyncTimeout) = (milliseconds, milliseconds);
        _options.ReconnectRetryPolicy = new LinearRetry(milliseconds / 2);
        // Seconds between pings: a server that vanished without a word is noticed after a few of them.
        _options.KeepAlive = 1;
        _options.SslProtocols ??= SslProtocols.Tls12 | SslProtocols.Tls13;
        if (trustedAuthorities is not null)
            _options.CertificateValidation += (_, certificate, _, errors) => IsTrusted(certificate, errors, trustedAuthorities);
    }

    /// <summary>Runs a Lua script, atomic on the server, and reads its answer, which is an outage too where it cannot be read.</summary>
    internal Task<T> RunAsync<T>(string script, RedisKey[] keys, RedisValue[] values, Func<RedisResult, T> read, CancellationToken ct) =>
        CallAsync(async database => read(await database.ScriptEvaluateAsync(script, keys, values, ScriptFlags)), ct);

    internal async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken ct)
    {
        _commands?.Add(1);
        try
        {
            return await ConnectAndCallAsync(call).WaitAsync(_timeout, ct);
        }
        // It refuses what it is asked: full, read-only, without the right, other data under our keys.
        catch (RedisServerException e)
        {
            throw new LeaseStoreUnavailableException($"Redis refused: {e.Message}", e);
        }
        // Whatever else comes of it: the client's exceptions have no base in common (RedisCommandException, for a replica, is none of RedisException), and leases serve
        // liveness only. A store that does strange things must end nobody who can go on without it.
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            throw new LeaseStoreUnavailableException($"Redis did not answer: {e.GetType().Name}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _meter?.Dispose();
        Task<ConnectionMultiplexer>? connecting;
        lock (_gate) connecting = _connecting;
        if (connecting is { IsCompletedSuccessfully: true }) await (await connecting).CloseAsync(allowCommandsToComplete: false);
    }

    private async Task<T> ConnectAndCallAsync<T>(Func<IDatabase, Task<T>> call) => await call((await ConnectAsync()).GetDatabase());

    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        lock (_gate)
            return _connecting is null or { IsFaulted: true } or { IsCanceled: true }
                ? _connecting = ConnectionMultiplexer.ConnectAsync(_options)
                : _connecting;
    }

    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(new X509Certificate2(certificate));
    }
}
