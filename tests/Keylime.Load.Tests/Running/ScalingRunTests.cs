using Keylime.Load.Running;

namespace Keylime.Load.Tests.Running;

public sealed class ScalingRunTests
{
    [Fact]
    public void Linear_is_the_first_parts_rate_for_each_verifier()
    {
        var parts = ScalingRun.Compare([(1, 100), (2, 190), (4, 420)], 1000);
        Assert.Equal([1, 0.95, 1.05], parts.Select(part => part.RatioToLinear));
        Assert.All(parts, part => Assert.Equal(1000, part.OfferedPerSecond));
    }

    [Fact]
    public void A_first_part_that_did_nothing_makes_no_ratio() => Assert.Equal([0, 0], ScalingRun.Compare([(1, 0), (2, 100)], 1000).Select(part => part.RatioToLinear));
}
