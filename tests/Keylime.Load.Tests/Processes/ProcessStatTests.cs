using Keylime.Load.Processes;

namespace Keylime.Load.Tests.Processes;

public sealed class ProcessStatTests
{
    [Fact]
    public void Reads_a_line_of_the_kernel()
    {
        Assert.True(ProcessStat.TryParse("4711 (dotnet) S 17 4711 4711 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 12 0 987654 1000 200 0\n", out var stat));
        Assert.Equal(new ProcessStat(4711, 17, 987654, 200, 10), stat);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a) S 1 (b")]
    [InlineData("((((")]
    [InlineData(") R 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 (")]
    public void A_programs_name_may_be_anything(string name)
    {
        Assert.True(ProcessStat.TryParse($"5 ({name}) S 17 5 5 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 12 0 987654 1000", out var stat));
        Assert.Equal(new ProcessStat(5, 17, 987654, 200, 10), stat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5 (sh")]
    [InlineData("(sh) S 1")]
    [InlineData("x (sh) S 17 5 5 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 12 0 987654 1000")]
    [InlineData("5 (sh) S x 5 5 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 12 0 987654 1000")]
    [InlineData("5 (sh) S 17 5 5 0 -1 4194560 1 2 3 4 -150 50 7 3 20 0 12 0 987654 1000")]
    [InlineData("5 (sh) S 17 5 5 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 12 0")]
    [InlineData("99999999999 (sh) S 17 5 5 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 12 0 987654 1000")]
    public void What_is_no_such_line_is_refused(string line) => Assert.False(ProcessStat.TryParse(line, out _));

    [Fact]
    public void Memory_is_parted_in_own_and_shared()
    {
        Assert.True(ProcessMemory.TryParse("Name:\tpostgres\nVmRSS:\t    900 kB\nRssAnon:\t     500 kB\nRssFile:\t     300 kB\nRssShmem:\t     100 kB\n", out var memory));
        Assert.Equal((new ProcessMemory(500, 400), 900), (memory, memory!.Value.ResidentKiB));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Name:\tkthreadd\nThreads:\t1\n")]
    [InlineData("RssAnon:\t5 MB\nRssFile:\t1 kB\nRssShmem:\t1 kB\n")]
    [InlineData("RssAnon:\t-5 kB\nRssFile:\t1 kB\nRssShmem:\t1 kB\n")]
    public void A_process_without_memory_has_none(string status) => Assert.False(ProcessMemory.TryParse(status, out _));

    [Fact]
    public void The_machines_time_is_busy_or_idle()
    {
        Assert.True(MachineCpu.TryParse("cpu  10 1 4 100 5 2 3 1 0 0\ncpu0 5 0 2 50 2 1 1 0 0 0\n", out var cpu));
        Assert.Equal(new MachineCpu(21, 105), cpu);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu 1 2 3")]
    [InlineData("cpu0 5 0 2 50 2 1 1 0 0 0")]
    [InlineData("cpu  10 1 x 100 5 2 3 1 0 0")]
    public void What_is_no_machines_time_is_refused(string text) => Assert.False(MachineCpu.TryParse(text, out _));
}
