using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.MeasuredBoot;

public sealed class BootLogReplayTests
{
    [Fact]
    public void Extends_every_measurement_into_its_PCR_and_skips_what_extends_nothing()
    {
        var log = Parse(new BootLogBuilder().Add(4, BootEventType.Separator, [0, 0, 0, 0]).Add(4, BootEventType.NoAction, [9]).Add(4, BootEventType.EfiAction, [7]));

        var expected = new byte[32];
        TpmAlgorithm.Sha256.Extend(expected, TpmAlgorithm.Sha256.HashData([0, 0, 0, 0]));
        TpmAlgorithm.Sha256.Extend(expected, TpmAlgorithm.Sha256.HashData([7]));
        var values = BootLogReplay.Replay(log, TpmAlgorithm.Sha256);
        Assert.Equal([4], values.Keys);
        Assert.Equal(expected, values[4]);
    }

    [Fact]
    public void Starts_PCR_0_from_the_startup_locality()
    {
        var log = Parse(new BootLogBuilder().Add(0, BootEventType.NoAction, [.. "StartupLocality\0"u8, 3]).Add(0, BootEventType.SCrtmVersion, [1]));

        var expected = new byte[20];
        expected[^1] = 3;
        TpmAlgorithm.Sha1.Extend(expected, TpmAlgorithm.Sha1.HashData([1]));
        Assert.Equal(expected, BootLogReplay.Replay(log, TpmAlgorithm.Sha1)[0]);
    }

    [Fact]
    public void Boot_aggregates_hash_the_first_eight_and_the_first_ten_PCRs()
    {
        var log = Parse(new BootLogBuilder().Add(9, BootEventType.Ipl, [1]));
        var values = BootLogReplay.Replay(log, TpmAlgorithm.Sha256);

        var aggregates = BootLogReplay.BootAggregates(values, TpmAlgorithm.Sha256);
        Assert.Equal(TpmAlgorithm.Sha256.HashData(new byte[8 * 32]), aggregates[0]);
        Assert.Equal(TpmAlgorithm.Sha256.HashData([.. new byte[9 * 32], .. values[9]]), aggregates[1]);
    }

    private static BootLog Parse(BootLogBuilder builder)
    {
        Assert.True(BootLog.TryParse(builder.ToArray(), out var log, out var error), error.ToString());
        return log;
    }
}
