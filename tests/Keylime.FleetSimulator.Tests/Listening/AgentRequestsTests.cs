using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.Payloads;
using Keylime.Protocol.V2;
using Fault = Keylime.FleetSimulator.Faults.Fault;

namespace Keylime.FleetSimulator.Tests.Listening;

public sealed class AgentRequestsTests(ServingFleet fleet) : IClassFixture<ServingFleet>
{
    private const string Nonce = "ABCDEFGHIJKLMNOPQRST";

    [Fact]
    public async Task Each_agent_answers_at_its_address_under_its_own_certificate()
    {
        for (var agent = 0; agent < 3; agent++)
        {
            var version = (await fleet.Client(agent).GetVersionAsync(default)).Value!;
            Assert.Equal("2.6", version.SupportedVersion);
            Assert.Equal("2.1 2.2 2.3 2.4 2.5 2.6", string.Join(' ', version.SupportedVersions!));
        }
        Assert.Equal(Client.Fault.Transport, (await fleet.Client(0, pinned: 1).GetVersionAsync(default)).Fault);
    }

    [Fact]
    public async Task Nobody_is_served_without_a_certificate_of_the_authority()
    {
        using var foreigner = fleet.Foreigner();
        using var anonymous = new AgentConnections(null, TimeSpan.FromMinutes(1));
        Assert.Equal(Client.Fault.Transport, (await fleet.Client(0, connections: foreigner).GetVersionAsync(default)).Fault);
        Assert.Equal(Client.Fault.Transport, (await fleet.Client(0, connections: anonymous).GetVersionAsync(default)).Fault);
    }

    [Fact]
    public async Task An_address_of_no_agent_is_closed()
    {
        var last = fleet.Fleet.Agents.All[^1].Address.GetAddressBytes();
        last[3]++;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var closed = await Record.ExceptionAsync(async () =>
        {
            await socket.ConnectAsync(new IPAddress(last), fleet.Fleet.Port);
            await socket.ReceiveAsync(new byte[1]);
        });
        Assert.IsType<SocketException>(closed);
    }

    [Fact]
    public async Task An_identity_quote_has_the_payload_key_and_no_list()
    {
        var answer = (await fleet.Client(0).GetIdentityQuoteAsync(ApiVersion.Current, Nonce, default)).Value!;
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----\n", answer.Pubkey, StringComparison.Ordinal);
        Assert.Equal(("sha256", "ecc256", "ecdsa"), (answer.HashAlg, answer.EncAlg, answer.SignAlg));
        Assert.Null(answer.ImaMeasurementList);
        Assert.Equal(answer.Pubkey, (await fleet.Client(0).GetPublicKeyAsync(ApiVersion.Current, default)).Value!.Pubkey);
    }

    [Fact]
    public async Task The_list_comes_from_the_entry_that_is_asked_for()
    {
        async Task<QuoteResponse> Ask(long entry) => (await fleet.Client(0).GetIntegrityQuoteAsync(new(2, 1), new(Nonce, "0x400", true, entry), default)).Value!;

        var whole = await Ask(0);
        Assert.Equal(6, whole.ImaMeasurementList!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Null(whole.Pubkey);
        Assert.Equal("ecc", whole.EncAlg);
        var (rest, nothing, beyond) = (await Ask(4), await Ask(6), await Ask(7));
        Assert.Equal((4, true), (rest.ImaMeasurementListEntry, whole.ImaMeasurementList.EndsWith(rest.ImaMeasurementList!, StringComparison.Ordinal)));
        Assert.Equal((6, ""), (nothing.ImaMeasurementListEntry, nothing.ImaMeasurementList));
        Assert.Equal((0, whole.ImaMeasurementList), (beyond.ImaMeasurementListEntry, beyond.ImaMeasurementList));
    }

    [Fact]
    public async Task The_payload_key_is_put_together_from_its_two_shares()
    {
        var (client, id) = (fleet.Client(1), fleet.Fleet.Agents.All[1].Id.Value);
        var (u, v) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        var k = KeyShares.Combine(u, v);
        Assert.Equal("Bootstrap key not yet available.", (await client.VerifyKeyAsync(ApiVersion.Current, "challenge", default)).Message);

        using var rsa = RSA.Create();
        rsa.ImportFromPem((await client.GetPublicKeyAsync(ApiVersion.Current, default)).Value!.Pubkey);
        string Encrypt(byte[] share) => Convert.ToBase64String(rsa.Encrypt(share, RSAEncryptionPadding.OaepSHA1));
        Assert.True((await client.SendVKeyAsync(ApiVersion.Current, new(Encrypt(v)), default)).IsGood);
        Assert.True((await client.SendUKeyAsync(ApiVersion.Current, new(KeyShares.Prove(k, id), Encrypt(u), null), default)).IsGood);

        var proof = (await client.VerifyKeyAsync(ApiVersion.Current, "challenge", default)).Value!.Hmac;
        Assert.True(KeyShares.IsProof(k, "challenge", proof));
    }

    [Fact]
    public async Task An_agent_tells_who_it_is_and_takes_notifications()
    {
        var (status, body) = await fleet.SendAsync(HttpMethod.Get, "/v2.6/agent/info");
        Assert.Equal(200, status);
        Assert.Equal(fleet.Fleet.Agents.All[0].Id.Value, JsonSerializer.Deserialize(body, KeylimeJson.Default.EnvelopeAgentInfoResponse)!.Results.AgentUuid);
        Assert.True((await fleet.Client(0).NotifyRevocationAsync(ApiVersion.Current, new("message", "signature"), default)).IsGood);
    }

    [Theory]
    [InlineData("GET", "/v2.6/quotes/integrity?mask=0x400&partial=1", null, 400, "missing field `nonce`")]
    [InlineData("GET", "/v2.6/quotes/integrity?nonce=a&nonce=b&mask=0x400&partial=1", null, 400, "duplicate field `nonce`")]
    [InlineData("GET", "/v2.6/quotes/integrity?nonce=a%20b&mask=0x400&partial=1", null, 400, "nonce should be strictly alphanumeric: a b")]
    [InlineData("GET", "/v2.6/quotes/integrity?nonce=12345678901234567890123456789012345678901234567890123456789012345&mask=0x400&partial=1", null, 400, "Nonce is too long")]
    [InlineData("GET", "/v2.6/quotes/integrity?nonce=a&mask=0x1000000&partial=1", null, 400, "only pcrs 0-23")]
    [InlineData("GET", "/v2.6/quotes/integrity?nonce=a&mask=xyz&partial=1", null, 400, "mask should be a hex encoded 32-bit integer")]
    [InlineData("GET", "/v2.6/quotes/integrity?nonce=a&mask=0x400&partial=2", null, 400, "'partial' and value '0' or '1'")]
    [InlineData("GET", "/v2.6/quotes/identity", null, 400, "missing field `nonce`")]
    [InlineData("GET", "/v9.9/quotes/identity?nonce=a", null, 400, "API version not supported: v9.9")]
    [InlineData("GET", "/v2.1/agent/info", null, 400, "Not Implemented")]
    [InlineData("GET", "/nothing", null, 400, "Not Implemented")]
    [InlineData("DELETE", "/v2.6/quotes/identity", null, 405, "Method is not supported")]
    [InlineData("GET", "/v2.6/keys/verify?challenge=%C3%A4", null, 400, "strictly alphanumeric")]
    [InlineData("POST", "/v2.6/keys/vkey", "{", 400, "Json deserialize error")]
    [InlineData("POST", "/v2.6/keys/vkey", "{}", 400, "missing field `encrypted_key`")]
    [InlineData("POST", "/v2.6/keys/vkey", """{"encrypted_key":"%"}""", 400, "Invalid base64 encoding in encrypted_key")]
    [InlineData("POST", "/v2.6/keys/vkey", """{"encrypted_key":"AAAA"}""", 400, "Failed to decrypt encrypted_key")]
    [InlineData("POST", "/v2.6/keys/ukey", """{"encrypted_key":"AAAA"}""", 400, "missing field `auth_tag`")]
    [InlineData("POST", "/v2.6/notifications/revocation", """{"msg":"a"}""", 400, "missing field `signature`")]
    public async Task Refuses_what_the_rust_agent_refuses(string method, string path, string? body, int status, string message)
    {
        var before = fleet.Fleet.Statistics.Refusals;
        var answer = await fleet.SendAsync(new(method), path, body);
        Assert.Equal(status, answer.Status);
        var envelope = JsonSerializer.Deserialize(answer.Body, KeylimeJson.Default.EnvelopeNothing)!;
        Assert.Equal(status, envelope.Code);
        Assert.Contains(message, envelope.Status, StringComparison.Ordinal);
        Assert.True(fleet.Fleet.Statistics.Refusals > before);
    }

    [Fact]
    public async Task Refuses_a_body_that_is_too_large() =>
        Assert.Equal(413, (await fleet.SendAsync(HttpMethod.Post, "/v2.6/keys/ukey", new string(' ', 3 << 20))).Status);
}

/// <summary>Faults change agents, so they have a fleet of their own.</summary>
public sealed class FaultsOnTheNetworkTests(ServingFleet fleet) : IClassFixture<ServingFleet>
{
    [Fact]
    public async Task A_dead_agent_cuts_its_connections_takes_no_new_ones_and_can_be_healed()
    {
        var (agent, client) = (fleet.Fleet.Agents.All[0], fleet.Client(0));
        Assert.True((await client.GetVersionAsync(default)).IsGood);
        agent.Inject(Fault.Dead, TimeSpan.Zero);
        Assert.False(fleet.Fleet.Faults.TryTake(out _));
        for (var i = 0; i < 2; i++) Assert.Equal(Client.Fault.Transport, (await client.GetVersionAsync(default)).Fault);

        Assert.True(fleet.Fleet.Faults.TryTake(out var injected));
        Assert.Equal((agent, Fault.Dead), (injected.Agent, injected.Fault));
        Assert.False(fleet.Fleet.Faults.TryTake(out _));
        agent.Heal();
        Assert.True((await client.GetVersionAsync(default)).IsGood);
    }

    [Fact]
    public async Task A_slow_agent_answers_and_the_others_do_not_wait_for_it()
    {
        var slow = fleet.Fleet.Agents.All[1];
        slow.Inject(Fault.Slow, Timeout.InfiniteTimeSpan);
        using var patience = new CancellationTokenSource();
        var waiting = fleet.Client(1).GetVersionAsync(patience.Token);
        Assert.True((await fleet.Client(2).GetVersionAsync(default)).IsGood);
        Assert.False(waiting.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        slow.Inject(Fault.Slow, TimeSpan.FromMilliseconds(10));
        Assert.True((await fleet.Client(1).GetVersionAsync(default)).IsGood);
    }
}
