using System.Security.Cryptography;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Ima.DeviceMapper;

namespace Keylime.Attestation.Tests;

public sealed class AppraisalStateTests
{
    private static readonly AppraisalState State = new()
    {
        Clock = new(1, 2, 3, true),
        BootTime = 4,
        AcceptedBoot = 5,
        Ima = new(6, new byte[32], 7)
        {
            LearnedKeys = Key(),
            Devices = DeviceMapperState.Empty.With("a", new("rule", "sha256:00", true, false)).With("b", new("rule", "sha256:00", true, false)),
        },
    };

    [Fact]
    public void Is_read_as_it_was_written()
    {
        Assert.True(AppraisalState.TryParse(State.Write(), out var read));
        Assert.Equal(State, read);
        Assert.Equal(State.Write(), read.Write());
    }

    [Fact]
    public void Rejects_every_truncation_and_every_addition()
    {
        var bytes = State.Write();
        for (var length = 1; length < bytes.Length; length++) Assert.False(AppraisalState.TryParse(bytes.AsSpan(0, length), out _));
        Assert.False(AppraisalState.TryParse([.. bytes, 0], out _));
    }

    [Theory]
    [InlineData("0104" + "0000000000000000")] // The clock is safe, without a clock.
    [InlineData("0110" + "0000000000000000")] // The list is of an old kernel, without a list.
    [InlineData("0120" + "0000000000000000")] // Devices, without a list.
    [InlineData("0122" + "0000000000000000" + "0000000000000001" + "00000000" + "14" + "0000000000000000000000000000000000000000" + "00" + "0000")] // No devices, and said so twice.
    [InlineData("0122" + "0000000000000000" + "0000000000000001" + "00000000" + "14" + "0000000000000000000000000000000000000000" + "00" + "0002" + "000162" + "0000" + "0000" + "00" + "000161" + "0000" + "0000" + "00")] // Out of order.
    [InlineData("0122" + "0000000000000000" + "0000000000000001" + "00000000" + "14" + "0000000000000000000000000000000000000000" + "00" + "0001" + "0001FF" + "0000" + "0000" + "00")] // A name that is not UTF-8.
    public void Has_one_encoding(string hex) => Assert.False(AppraisalState.TryParse(Convert.FromHexString(hex), out _));

    private static ImaKeyring Key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return ImaKeyring.Empty.TryAdd(key.ExportSubjectPublicKeyInfo(), out var keyring) ? keyring : throw new InvalidOperationException();
    }
}
