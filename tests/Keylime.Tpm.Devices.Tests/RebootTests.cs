using Keylime.Testing;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices.Tests;

public sealed class RebootTests
{
    private static readonly PcrSelection[] Pcrs = [new(TpmAlgorithm.Sha256, 1u << 10)];

    [TpmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keys_outlive_a_reboot_and_the_counters_tell_of_it(bool tcp)
    {
        await using var tpm = await SoftwareTpm.StartAsync(tcp);
        var (device, ak) = await CreateAsync(tpm);
        var before = await QuoteAsync(device, ak);
        await tpm.RebootAsync();
        var after = await QuoteAsync(device, ak);
        Assert.True(after.Clock.ResetCount > before.Clock.ResetCount);
    }

    [TpmFact]
    public async Task A_power_cycle_by_the_control_channel_is_followed_by_startup()
    {
        await using var tpm = await SoftwareTpm.StartAsync();
        var (device, ak) = await CreateAsync(tpm);
        await device.ExtendPcrAsync(10, new Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> { [TpmAlgorithm.Sha256] = new byte[32] });
        var before = await QuoteAsync(device, ak);
        await new SwtpmControl(TpmFixture.NameOf(tpm)).PowerCycleAsync();
        var after = await QuoteAsync(device, ak);
        Assert.True(after.Clock.ResetCount > before.Clock.ResetCount);
        Assert.NotEqual(before.Quote!.PcrDigest.ToArray(), after.Quote!.PcrDigest.ToArray());
    }

    [TpmFact]
    public async Task A_tpm_that_is_switched_off_is_an_outage_until_it_is_back()
    {
        await using var tpm = await SoftwareTpm.StartAsync(tcp: true);
        var (device, ak) = await CreateAsync(tpm);
        var control = new SwtpmControl(TpmFixture.NameOf(tpm));
        await control.ShutdownAsync();
        await tpm.PowerOffAsync();
        await Assert.ThrowsAsync<TpmUnavailableException>(() => QuoteAsync(device, ak));
        await Assert.ThrowsAsync<TpmUnavailableException>(() => control.PowerCycleAsync());
        await tpm.PowerOnAsync();
        await QuoteAsync(device, ak);
    }

    private static async Task<(TpmDevice Device, TpmAttestationKey Ak)> CreateAsync(SoftwareTpm tpm)
    {
        var device = TpmFixture.Open(tpm);
        var ek = await device.CreateEndorsementKeyAsync(EndorsementKeyTemplate.EccP256);
        return (device, await device.CreateAttestationKeyAsync(ek, AttestationKeyTemplate.Ecc(TpmEccCurve.NistP256, TpmAlgorithm.Sha256)));
    }

    private static async Task<Attest> QuoteAsync(TpmDevice device, TpmAttestationKey ak)
    {
        var quote = await device.QuoteAsync(ak, new(new byte[20], Pcrs));
        Assert.True(Attest.TryParse(quote.Attest.Span, out var attest, out _));
        return attest;
    }
}
