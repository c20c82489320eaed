using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Tests.Attestation;

public sealed class TimerWheelTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private readonly TimerWheel<string> _wheel = new(Tick);

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 20)]
    [InlineData(2_000, 2_000)]
    [InlineData(10_240, 10_240)] // one turn
    [InlineData(60_005, 60_010)] // several turns
    public void An_item_is_due_at_its_tick_and_not_before(int dueMilliseconds, int tickMilliseconds)
    {
        Arm("a", dueMilliseconds);
        Assert.Empty(AdvanceTo(tickMilliseconds - 1));
        Assert.Equal(["a"], AdvanceTo(tickMilliseconds));
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Arming_again_moves_the_item()
    {
        var timer = Arm("a", 100);
        _wheel.Arm(timer, TimeSpan.FromMilliseconds(300));
        Assert.Empty(AdvanceTo(299));
        Assert.Equal(["a"], AdvanceTo(300));
    }

    [Fact]
    public void A_disarmed_item_never_comes_and_its_neighbours_do()
    {
        Arm("a", 100);
        var middle = Arm("b", 100);
        Arm("c", 100);
        _wheel.Disarm(middle);
        _wheel.Disarm(middle);
        Assert.Equal(["a", "c"], AdvanceTo(1_000).Order());
    }

    [Fact]
    public void A_long_pause_brings_everything_that_is_due_and_nothing_else()
    {
        foreach (var due in (int[])[50, 11_000, 25_000, 100_000]) Arm($"{due}", due);
        Assert.Equal(["11000", "25000", "50"], AdvanceTo(99_000).Order());
        Assert.Equal(["100000"], AdvanceTo(100_000));
    }

    [Fact]
    public void An_item_whose_time_has_passed_comes_with_the_next_tick()
    {
        AdvanceTo(5_000);
        Arm("late", 1_000);
        Assert.Equal(["late"], AdvanceTo(5_010));
    }

    [Fact]
    public void A_clock_that_goes_back_brings_nothing_twice()
    {
        Arm("a", 100);
        Assert.Equal(["a"], AdvanceTo(200));
        Assert.Empty(AdvanceTo(50));
        Arm("b", 210);
        Assert.Equal(["b"], AdvanceTo(210));
    }

    [Fact]
    public void Agrees_with_a_sorted_list_over_random_use()
    {
        var random = new Random(17);
        var model = new Dictionary<string, long>();
        var timers = Enumerable.Range(0, 200).Select(n => new TimerWheel<string>.Timer($"{n}")).ToArray();
        var now = 0;
        for (var step = 0; step < 5_000; step++)
        {
            var timer = timers[random.Next(timers.Length)];
            switch (random.Next(3))
            {
                case 0:
                    var due = now + random.Next(30_000);
                    _wheel.Arm(timer, TimeSpan.FromMilliseconds(due));
                    model[timer.Item] = Math.Max(now / 10 + 1, (due + 9) / 10);
                    break;
                case 1:
                    _wheel.Disarm(timer);
                    model.Remove(timer.Item);
                    break;
                default:
                    now += random.Next(200);
                    var expected = model.Where(entry => entry.Value <= now / 10).Select(entry => entry.Key).ToHashSet();
                    Assert.Equal(expected, AdvanceTo(now).ToHashSet());
                    foreach (var item in expected) model.Remove(item);
                    break;
            }
            Assert.Equal(model.Count, _wheel.Count);
        }
    }

    private TimerWheel<string>.Timer Arm(string item, int dueMilliseconds)
    {
        var timer = new TimerWheel<string>.Timer(item);
        _wheel.Arm(timer, TimeSpan.FromMilliseconds(dueMilliseconds));
        return timer;
    }

    private List<string> AdvanceTo(int milliseconds)
    {
        var due = new List<string>();
        _wheel.Advance(TimeSpan.FromMilliseconds(milliseconds), due);
        return due;
    }
}
