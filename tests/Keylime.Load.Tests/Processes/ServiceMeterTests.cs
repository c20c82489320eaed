using System.Globalization;
using Keylime.Load.Processes;

namespace Keylime.Load.Tests.Processes;

/// <summary>On a folder that looks as the kernel's does.</summary>
public sealed class ServiceMeterTests : IDisposable
{
    private readonly string _proc = Directory.CreateTempSubdirectory("keylime-proc-").FullName;
    private readonly ServiceMeter _meter = new("verifier-0", ProcessScope.Alone);

    [Fact]
    public void Counts_from_the_first_look_on()
    {
        Write(10, ticks: 500);
        Observe(10);
        Assert.Equal(TimeSpan.Zero, _meter.Cpu);
        Write(10, ticks: 520);
        Observe(10);
        Assert.Equal(20 * ProcessStat.Tick, _meter.Cpu);
    }

    [Fact]
    public void A_killed_process_keeps_its_time_and_its_successor_adds_its_own()
    {
        Write(10, ticks: 500);
        Observe(10);
        Write(10, ticks: 530);
        Observe(10);
        Directory.Delete(Path.Combine(_proc, "10"), recursive: true);
        Observe(10);
        Observe(null);
        Write(11, ticks: 7);
        Observe(11);
        Assert.Equal(37 * ProcessStat.Tick, _meter.Cpu);
    }

    [Fact]
    public void A_pid_that_comes_again_is_another_process()
    {
        Write(10, ticks: 500, start: 1);
        Observe(10);
        Write(10, ticks: 5, start: 2);
        Observe(10);
        Assert.Equal(5 * ProcessStat.Tick, _meter.Cpu);
    }

    [Fact]
    public void A_service_that_starts_after_the_first_look_counts_from_its_start()
    {
        Observe(null);
        Write(10, ticks: 40);
        Observe(10);
        Assert.Equal(40 * ProcessStat.Tick, _meter.Cpu);
    }

    [Fact]
    public void Children_count_while_they_live_and_when_they_have_ended()
    {
        Write(10, ticks: 100, children: "20 21 ");
        Write(20, ticks: 10, own: 50, shared: 70);
        Write(21, ticks: 10, own: 60, shared: 90);
        var meter = new ServiceMeter("postgres", ProcessScope.Tree);
        meter.Observe(new ProcessTable(_proc), 10);
        Assert.Equal(new ProcessMemory(1 + 50 + 60, 90), meter.Memory);
        Write(20, ticks: 15);
        Write(10, ticks: 100, reaped: 25, children: "20");
        meter.Observe(new ProcessTable(_proc), 10);
        // 21 had 25 when it ended.
        Assert.Equal((5 + 15) * ProcessStat.Tick, meter.Cpu);
    }

    [Fact]
    public void What_a_process_starts_is_not_its_own_where_it_is_one_alone()
    {
        Write(10, ticks: 100, children: "20");
        Write(20, ticks: 10, own: 50);
        Observe(10);
        Write(20, ticks: 90);
        Write(10, ticks: 101, reaped: 25, children: "20");
        Observe(10);
        Assert.Equal((1 * ProcessStat.Tick, 1), (_meter.Cpu, _meter.Memory.ResidentKiB));
    }

    [Fact]
    public void Our_own_process_can_be_measured()
    {
        var table = new ProcessTable();
        var us = table.Find(Environment.ProcessId);
        Assert.NotNull(us);
        Assert.True(us.Value.StartTicks > 0 && table.TreeMemory(Environment.ProcessId).ResidentKiB > 1000);
    }

    public void Dispose() => Directory.Delete(_proc, recursive: true);

    private void Observe(int? pid) => _meter.Observe(new ProcessTable(_proc), pid);

    private void Write(int pid, long ticks, long start = 1, long reaped = 0, string children = "", long own = 1, long shared = 0)
    {
        var folder = Path.Combine(_proc, pid.ToString(CultureInfo.InvariantCulture));
        var task = Directory.CreateDirectory(Path.Combine(folder, "task", pid.ToString(CultureInfo.InvariantCulture))).FullName;
        File.WriteAllText(Path.Combine(folder, "stat"), $"{pid} (x) S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 {reaped} 0 20 0 1 0 {start} 0\n");
        File.WriteAllText(Path.Combine(folder, "status"), $"RssAnon:\t{own} kB\nRssFile:\t{shared} kB\nRssShmem:\t0 kB\n");
        File.WriteAllText(Path.Combine(task, "children"), children);
    }
}
