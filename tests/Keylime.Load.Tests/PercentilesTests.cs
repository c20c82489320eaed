using Keylime.Load.Fleet;

namespace Keylime.Load.Tests;

public sealed class PercentilesTests
{
    [Fact]
    public void Are_values_that_occurred() =>
        Assert.Equal(new Spread(50, 99, 100), Percentiles.Of([.. Enumerable.Range(1, 100).Select(i => (double)(101 - i))]));

    [Fact]
    public void Of_one_value_are_that_value() => Assert.Equal(new Spread(7, 7, 7), Percentiles.Of([7]));

    [Fact]
    public void Of_nothing_are_unknown() => Assert.Equal(new Spread(null, null, null), Percentiles.Of([]));
}
