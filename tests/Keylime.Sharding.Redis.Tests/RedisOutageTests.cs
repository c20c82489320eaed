using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Testing;

namespace Keylime.Sharding.Redis.Tests;

/// <summary>Each test breaks a server of its own.</summary>
public sealed class RedisOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    /// <summary>Of a connection whose calls are to fail.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);
    /// <summary>Of one that is answered, well or not, however busy the machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly LeaseOwner Ann = new("verifier-0", new Guid("00000000-0000-0000-0000-00000000000a"));
    private static readonly LeaseOwner Bob = new("verifier-1", new Guid("00000000-0000-0000-0000-00000000000b"));

    private RedisServer _server = null!;
    private RedisConnection _redis = null!;
    private RedisConnection _patient = null!;

    private RedisLeaseStore Leases => new(_redis, 16);

    private RedisLeaseStore PatientLeases => new(_patient, 16);

    private RedisMembershipStore PatientMembers => new(_patient);

    private RedisMembershipStore Members => new(_redis);

    public async Task InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _redis = new(_server.ConnectionString, Timeout);
        _patient = new(_server.ConnectionString, Patience);
    }

    [Fact]
    public async Task Tells_an_outage_and_works_again_when_the_server_is_back()
    {
        await ClaimAsync(Ann, 1);
        await _server.StopAsync();
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => TryClaimAsync(Ann, 1));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => Leases.ListAsync(CancellationToken.None));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => Leases.ReleaseAsync([1], Ann, CancellationToken.None));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() =>
            Members.BeatAsync(new("verifier-0", "x:1"), CancellationToken.None));
        await _server.RestartAsync();
        // All was lost with the server; the next claim heals it.
        Assert.Equal([1], await ClaimAsync(Ann, 1));
        Assert.Empty(await ClaimAsync(Bob, 1));
    }

    [Fact]
    public async Task Connects_later_to_a_server_that_was_down_at_first()
    {
        await _server.StopAsync();
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => TryClaimAsync(Ann, 1));
        await _server.RestartAsync();
        await ListAsync();
    }

    [Fact]
    public async Task Does_not_wait_for_a_server_that_answers_nothing()
    {
        await ClaimAsync(Ann, 1);
        await _server.PauseAsync();
        var unavailable = await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => TryClaimAsync(Ann, 2));
        Assert.IsType<TimeoutException>(unavailable.InnerException);
        await _server.ResumeAsync();
        Assert.Contains(1, (await ListAsync()).Keys);
    }

    [Fact]
    public async Task Gives_a_flushed_lease_to_the_first_who_claims_it()
    {
        await PatientlyAsync(Ann, 1);
        await _server.FlushAsync();
        Assert.Equal([1], await PatientlyAsync(Ann, 1));
        await _server.FlushAsync();
        Assert.Equal([1], await PatientlyAsync(Bob, 1));
        Assert.Empty(await PatientlyAsync(Ann, 1));
    }

    [Fact]
    public async Task Takes_a_wrong_password_for_an_outage_and_does_not_tell_it()
    {
        await using var stranger = new RedisConnection($"127.0.0.1:{_server.Port},password=not-the-password", Timeout);
        var unavailable = await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() =>
            new RedisLeaseStore(stranger, 16).ListAsync(CancellationToken.None));
        Assert.DoesNotContain("not-the-password", unavailable.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What the operator, a full memory or another program can do to a server that is there.</summary>
    [Theory]
    [InlineData("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "OOM")]
    [InlineData("ACL SETUSER default -@all +acl +auth +client +info +ping +quit", "ACL SETUSER default +@all", "NOPERM")]
    [InlineData("MSET {keylime}:leases theirs {keylime}:members theirs {keylime}:beats theirs", "FLUSHALL", "WRONGTYPE")]
    public async Task Takes_a_server_that_refuses_for_an_outage_and_says_why(string breaks, string mends, string reason)
    {
        await PatientlyAsync(Ann, 1);
        await _server.CommandAsync(breaks);
        foreach (var call in (Func<Task>[])[() => PatientlyAsync(Ann, 1), () => PatientMembers.BeatAsync(new("verifier-0", "x:1"), CancellationToken.None)])
            Assert.Contains(reason, (await Assert.ThrowsAsync<LeaseStoreUnavailableException>(call)).Message, StringComparison.Ordinal);
        // A full memory still lets itself be read and emptied.
        foreach (var call in (Func<Task>[])[() => PatientLeases.ListAsync(default), () => PatientLeases.ReleaseAsync([1], Ann, default), () => PatientMembers.ListAsync(default)])
            Assert.True(await Record.ExceptionAsync(call) is null or LeaseStoreUnavailableException);
        await _server.CommandAsync(mends);
        Assert.Equal([1], await AnsweredAsync(() => PatientlyAsync(Ann, 1)));
        Assert.Single(await AnsweredAsync(() => PatientMembers.BeatAsync(new("verifier-0", "x:1"), CancellationToken.None)));
    }

    [Fact]
    public async Task Takes_a_server_that_became_a_replica_for_an_outage()
    {
        await PatientlyAsync(Ann, 1);
        await _server.CommandAsync("REPLICAOF 127.0.0.1 1");
        // The one learns it from the server's refusal, the other before it sends anything.
        Assert.Contains("READONLY", (await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => PatientlyAsync(Ann, 1))).Message, StringComparison.Ordinal);
        await using var late = new RedisConnection(_server.ConnectionString, TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => new RedisLeaseStore(late, 16).ClaimAsync([1], Ann, Long, CancellationToken.None));
        await _server.CommandAsync("REPLICAOF NO ONE");
        Assert.Equal([1], await AnsweredAsync(() => PatientlyAsync(Ann, 1)));
    }

    [Fact]
    public async Task Takes_an_answer_that_cannot_be_read_for_an_outage()
    {
        await ListAsync();
        Task<int[]> RunAsync(string script) => _redis.RunAsync(script, [], [], answer => (int[])answer!, CancellationToken.None);
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => RunAsync("return {'text'}"));
        var readable = await AnsweredAsync(() => RunAsync("return {1, 0}"));
        Assert.Equal([1, 0], readable);
    }

    [Fact]
    public async Task Ends_a_call_when_asked_to()
    {
        await PatientlyAsync(Ann, 1);
        using var cancellation = new CancellationTokenSource();
        await _server.PauseAsync();
        var call = PatientLeases.ListAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Speaks_tls_with_a_server_it_trusts_and_no_other()
    {
        using var folder = new TlsFolder();
        await using var server = await RedisServer.StartTlsAsync(folder.CertificatePath, folder.KeyPath);
        await using var trusting = new RedisConnection(server.ConnectionString, Patience, [folder.Certificate]);
        Assert.Equal([1], await new RedisLeaseStore(trusting, 16).ClaimAsync([1], Ann, Long, CancellationToken.None));
        await using var wary = new RedisConnection(server.ConnectionString, Timeout);
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => new RedisLeaseStore(wary, 16).ListAsync(CancellationToken.None));
    }

    public async Task DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _patient.DisposeAsync();
        await _server.DisposeAsync();
    }

    private Task<IReadOnlyCollection<int>> PatientlyAsync(LeaseOwner owner, int shard) => PatientLeases.ClaimAsync([shard], owner, Long, CancellationToken.None);

    private Task<IReadOnlyCollection<int>> TryClaimAsync(LeaseOwner owner, int shard) =>
        Leases.ClaimAsync([shard], owner, Long, CancellationToken.None);

    private Task<IReadOnlyCollection<int>> ClaimAsync(LeaseOwner owner, int shard) => AnsweredAsync(() => TryClaimAsync(owner, shard));

    private Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync() => AnsweredAsync(() => Leases.ListAsync(CancellationToken.None));

    private static async Task<T> AnsweredAsync<T>(Func<Task<T>> call)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (true)
            try
            {
                return await call();
            }
            catch (LeaseStoreUnavailableException) when (!patience.IsCancellationRequested)
            {
                // Connecting is the client's business and takes it a moment. Meanwhile it refuses at once, so that no number of refusals is too many.
                await Task.Delay(50);
            }
    }

    private sealed class TlsFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-redis-tls-");

        public TlsFolder()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
            File.WriteAllText(CertificatePath, Certificate.ExportCertificatePem());
            File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
        }

        public X509Certificate2 Certificate { get; }

        public string CertificatePath => Path.Combine(_folder.FullName, "redis.crt");

        public string KeyPath => Path.Combine(_folder.FullName, "redis.pem");

        public void Dispose()
        {
            Certificate.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
