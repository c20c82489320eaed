using System.Buffers.Binary;
using System.Security.Cryptography;
using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices.Tests;

public sealed class SharedTpmTests(TpmFixture fixture) : IClassFixture<TpmFixture>
{
    private static readonly PublicArea AkTemplate = AttestationKeyTemplate.Ecc(TpmEccCurve.NistP256, TpmAlgorithm.Sha256);
    private static readonly PcrSelection[] Pcrs = [new(TpmAlgorithm.Sha256, 0xFFFF)];

    [TpmFact]
    public async Task Fifty_rounds_of_everything_find_room()
    {
        var device = fixture.Open();
        for (var round = 0; round < 50; round++)
        {
            var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256);
            var ak = await device.CreateAttestationKeyAsync(ek, AkTemplate);
            var blob = Make(ek.Public, ak.Public.ComputeName());
            Assert.Equal(4, (await device.ActivateCredentialAsync(ak, blob)).Length);
            await device.QuoteAsync(ak, new(new byte[20], Pcrs));
            await Assert.ThrowsAsync<TpmCommandException>(() => device.ActivateCredentialAsync(ak, blob with { Integrity = new byte[32] }));
        }
        await AssertNothingIsLoadedAsync(device);
    }

    [TpmFact]
    public async Task Clients_on_their_own_connections_take_turns()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async number =>
        {
            var device = fixture.Open();
            var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256);
            var ak = await device.CreateAttestationKeyAsync(ek, AkTemplate);
            var nonce = new[] { (byte)number };
            var digests = new Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> { [TpmAlgorithm.Sha256] = new byte[32] };
            for (var i = 0; i < 10; i++)
            {
                await device.ExtendPcrAsync(10, digests);
                var quote = await device.QuoteAsync(ak, new(nonce, Pcrs));
                Assert.True(Attest.TryParse(quote.Attest.Span, out var attest, out _));
                Assert.Equal(nonce, attest.QualifyingData.ToArray());
            }
        }));
        await AssertNothingIsLoadedAsync(fixture.Open());
    }

    [TpmFact]
    public async Task What_a_dead_process_left_loaded_makes_room()
    {
        var transport = TpmTransport.Create(TpmFixture.NameOf(fixture.Tpm));
        await using (var connection = await transport.OpenAsync(CancellationToken.None))
        {
            // A process that is killed between two commands: three objects and three sessions, and nobody to flush them.
            var create = new CreatePrimaryCommand(TpmHandle.Endorsement, Authorization.Password(), EndorsementKeyTemplate.EccP256.Area);
            for (var i = 0; i < 3; i++)
            {
                Assert.True(create.TryParseResponse(await connection.SendAsync(create.ToBytes(), CancellationToken.None), out _, out _));
                var start = new StartAuthSessionCommand(new byte[16], TpmAlgorithm.Sha256);
                Assert.True(start.TryParseResponse(await connection.SendAsync(start.ToBytes(), CancellationToken.None), out _, out _));
            }
        }
        var device = fixture.Open();
        var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256);
        await device.CreateAttestationKeyAsync(ek, AkTemplate);
        await AssertNothingIsLoadedAsync(device);
    }

    [TpmFact]
    public async Task A_held_connection_makes_the_others_wait_and_then_say_so()
    {
        var name = TpmFixture.NameOf(fixture.Tpm);
        var hasty = new TpmDevice(TpmTransport.Create(name, new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(60))));
        await using (await TpmTransport.Create(name).OpenAsync(CancellationToken.None))
        {
            var refused = await Assert.ThrowsAsync<TpmUnavailableException>(() => hasty.ReadActiveBanksAsync());
            Assert.Contains("another process may hold its connection", refused.Message, StringComparison.Ordinal);
        }
        Assert.NotEmpty(await fixture.Open().ReadActiveBanksAsync());
    }

    [TpmFact]
    public async Task A_queue_that_is_full_is_waited_for()
    {
        var name = TpmFixture.NameOf(fixture.Tpm);
        var waiting = new List<Task<IReadOnlyList<TpmAlgorithm>>>();
        await using (await TpmTransport.Create(name).OpenAsync(CancellationToken.None))
            for (var i = 0; i < 20; i++) waiting.Add(fixture.Open().ReadActiveBanksAsync());
        foreach (var banks in await Task.WhenAll(waiting)) Assert.Equal(4, banks.Count);
    }

    [TpmFact]
    public async Task Cancellation_between_commands_leaves_nothing_loaded()
    {
        var device = fixture.Open();
        using var cancellation = new CancellationTokenSource();
        var transport = TpmTransport.Create(TpmFixture.NameOf(fixture.Tpm));
        var cancelled = new TpmDevice(new CancellingTransport(transport, TpmCommandCode.StartAuthSession, cancellation));
        var ek = await cancelled.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256);
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.CreateAttestationKeyAsync(ek, AkTemplate, cancellation.Token));
        await AssertNothingIsLoadedAsync(device);
    }

    private static CredentialBlob Make(PublicArea ek, byte[] akName)
    {
        using var ephemeral = ECDiffieHellman.Create(ek.Ecc!.ToParameters().Curve);
        return MakeCredential.ForEcc(ek, akName, [1, 2, 3, 4], ephemeral);
    }

    private static async Task AssertNothingIsLoadedAsync(TpmDevice device)
    {
        Assert.Empty((await device.ReadCapabilityAsync(TpmCapability.Handles, TpmHandle.FirstTransient, 64)).Values);
        Assert.Empty((await device.ReadCapabilityAsync(TpmCapability.Handles, TpmHandle.FirstLoadedSession, 64)).Values);
    }

    /// <summary>The real transport; somebody loses patience while a certain command is on its way.</summary>
    private sealed class CancellingTransport(ITpmTransport inner, TpmCommandCode code, CancellationTokenSource cancellation) : ITpmTransport
    {
        public bool IsExclusive => inner.IsExclusive;

        public async Task<ITpmConnection> OpenAsync(CancellationToken token) =>
            new Connection(await inner.OpenAsync(token), code, cancellation);

        private sealed class Connection(ITpmConnection inner, TpmCommandCode code, CancellationTokenSource cancellation) : ITpmConnection
        {
            public async Task<byte[]> SendAsync(ReadOnlyMemory<byte> command, CancellationToken token)
            {
                var sent = BinaryPrimitives.ReadUInt32BigEndian(command.Span[6..]);
                if (sent == (uint)code) await cancellation.CancelAsync();
                return await inner.SendAsync(command, token);
            }

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
