using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.MeasuredBoot;

public sealed class BootLogTests
{
    private static readonly byte[] Log = new BootLogBuilder()
        .Add(1, BootEventType.PlatformConfigFlags, [1, 2, 3])
        .Add(4, BootEventType.EfiAction, "Calling EFI Application from Boot Option"u8.ToArray())
        .Add(7, BootEventType.Separator, [0, 0, 0, 0])
        .ToArray();

    [Fact]
    public void Reads_events_with_their_digests_and_data()
    {
        Assert.True(BootLog.TryParse(Log, out var log, out _));

        Assert.True(log.IsCryptoAgile);
        Assert.Equal([TpmAlgorithm.Sha1, TpmAlgorithm.Sha256], log.Banks);
        Assert.Equal([0, 1, 4, 7], log.Events.Select(boot => boot.Pcr));
        Assert.Equal("EV_EFI_ACTION", log.Events[2].Type.SpecificationName());
        Assert.Equal(TpmAlgorithm.Sha256.HashData([1, 2, 3]), log.Events[1].DigestOf(TpmAlgorithm.Sha256).ToArray());
        Assert.Equal([0, 0, 0, 0], log.Events[3].Data.ToArray());
    }

    [Fact]
    public void Reads_the_older_form_with_SHA1_digests()
    {
        var event0 = Convert.FromHexString("04000000" + "0D000000" + "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709" + "02000000" + "4142");
        Assert.True(BootLog.TryParse(event0, out var log, out _));
        Assert.False(log.IsCryptoAgile);
        Assert.Equal((4, BootEventType.Ipl), (log.Events[0].Pcr, log.Events[0].Type));
    }

    [Fact]
    public void Accepts_the_unused_rest_of_the_firmwares_buffer()
    {
        Assert.True(BootLog.TryParse((byte[])[.. Log, .. new byte[1000]], out var zeros, out _));
        Assert.True(BootLog.TryParse((byte[])[.. Log, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3], out var ended, out _));
        Assert.Equal((4, 4), (zeros.Events.Count, ended.Events.Count));
    }

    [Theory]
    [InlineData("", BootLogFault.Truncated, 0, 0)]
    [InlineData("18000000", BootLogFault.BadPcr, 0, 0)]
    [InlineData("04000000" + "0D000000" + "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709" + "FFFFFF7F" + "41", BootLogFault.Truncated, 0, 28)]
    [InlineData("04000000" + "0D000000" + "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709" + "00000000" + "DEADBEEF", BootLogFault.TrailingBytes, 1, 32)]
    public void Rejects_malformed_bytes_and_says_where(string hex, BootLogFault fault, int number, int offset)
    {
        Assert.False(BootLog.TryParse(Convert.FromHexString(hex), out _, out var error));
        Assert.Equal(new BootLogError(fault, number, offset), error);
    }

    [Fact]
    public void Rejects_every_truncation_inside_an_event()
    {
        var ends = EventEnds();
        for (var length = 0; length < Log.Length; length++)
            Assert.Equal(ends.Contains(length), BootLog.TryParse(Log.AsMemory(0, length), out _, out _));
    }

    [Fact]
    public void Answers_every_flipped_byte_with_a_log_or_a_located_error()
    {
        for (var i = 0; i < Log.Length; i++)
        {
            var flipped = (byte[])Log.Clone();
            flipped[i] ^= 0xFF;
            if (!BootLog.TryParse(flipped, out _, out var error)) Assert.InRange(error.Offset, 0, Log.Length);
        }
    }

    [Fact]
    public void Rejects_a_log_above_the_limit()
    {
        Assert.False(BootLog.TryParse(new byte[BootLog.MaxBytes + 1], out _, out var error));
        Assert.Equal(BootLogFault.TooLong, error.Fault);
    }

    private static HashSet<int> EventEnds()
    {
        // An event starts with its PCR; sizes follow from BootLogBuilder: header, then 4+4+4 + 2+20 + 2+32 + 4 + data.
        var ends = new HashSet<int>();
        var at = 32 + 37;
        foreach (var data in new[] { 3, 40, 4 })
        {
            ends.Add(at);
            at += 72 + data;
        }
        return ends;
    }
}
