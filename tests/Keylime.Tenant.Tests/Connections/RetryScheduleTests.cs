using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Tests.Connections;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData(2, true, "2 4 8 16 32")]
    [InlineData(2, false, "2 2 2 2 2")]
    [InlineData(1, true, "1 1 1 1 1")]
    [InlineData(0.5, true, "0.5 0.5 0.5 0.5 0.5")]
    [InlineData(100, true, "100 300 300 300 300")]
    public void Pauses_as_keylime_does_and_never_longer_than_five_minutes(double interval, bool isExponential, string seconds)
    {
        var schedule = new RetrySchedule(5, TimeSpan.FromSeconds(interval), isExponential);
        Assert.Equal(seconds, string.Join(' ', Enumerable.Range(1, 5).Select(failures => schedule.PauseAfter(failures).TotalSeconds)));
    }
}
