using Keylime.Load.Quotas;

namespace Keylime.Load.Tests.Quotas;

/// <summary>On a folder that stands for the kernel's: it has the files' names and keeps what is written, and limits nobody.</summary>
public sealed class CpuQuotaTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("keylime-cgroup-").FullName;

    [Fact]
    public void The_older_hierarchy_has_period_and_quota()
    {
        Directory.CreateDirectory(At("cpu"));
        var quota = CpuQuota.Create(20, "run", _mount);
        quota.Limit("verifier-0", 4711);
        Assert.Equal(("20000", "4000", "4711"), (Read("cpu/run/verifier-0/cpu.cfs_period_us"), Read("cpu/run/verifier-0/cpu.cfs_quota_us"), Read("cpu/run/verifier-0/cgroup.procs")));
        EndWith(quota, "cpu/run");
    }

    [Fact]
    public void The_unified_hierarchy_has_both_in_one()
    {
        File.WriteAllText(At("cgroup.controllers"), "cpu memory\n");
        var quota = CpuQuota.Create(150, "run", _mount);
        quota.Limit("verifier-0", 4711);
        Assert.Equal(("+cpu", "+cpu"), (Read("cgroup.subtree_control"), Read("run/cgroup.subtree_control")));
        Assert.Equal(("30000 20000", "4711"), (Read("run/verifier-0/cpu.max"), Read("run/verifier-0/cgroup.procs")));
        EndWith(quota, "run");
    }

    [Fact]
    public void A_service_that_started_again_joins_its_group()
    {
        Directory.CreateDirectory(At("cpu"));
        var quota = CpuQuota.Create(20, "run", _mount);
        quota.Limit("verifier-0", 4711);
        quota.Limit("verifier-0", 4712);
        Assert.Equal("4712", Read("cpu/run/verifier-0/cgroup.procs"));
        EndWith(quota, "cpu/run");
    }

    [Theory]
    [InlineData(1, "1000", "100000")]
    [InlineData(3, "999", "33333")]
    [InlineData(20, "4000", "20000")]
    [InlineData(10000, "2000000", "20000")]
    public void The_kernels_bounds_are_kept(int percent, string quota, string period) => Assert.Equal((quota, period), CpuQuota.Share(percent));

    [Fact]
    public void Where_there_are_no_control_groups_the_refusal_says_so() =>
        Assert.Contains("--cpu-quota", Assert.Throws<LoadException>(() => CpuQuota.Create(20, "run", _mount)).Message, StringComparison.Ordinal);

    [Fact]
    public void Where_groups_cannot_be_made_the_refusal_says_so()
    {
        File.WriteAllText(At("cgroup.controllers"), "");
        Directory.CreateDirectory(At("cgroup.subtree_control")); // Cannot be written to, not even by root.
        Assert.Throws<LoadException>(() => CpuQuota.Create(20, "run", _mount));
        Assert.False(Directory.Exists(At("run")));
    }

    public void Dispose() => Directory.Delete(_mount, recursive: true);

    /// <summary>The kernel's own files go with a group; these have to be taken away first.</summary>
    private void EndWith(CpuQuota quota, string root)
    {
        foreach (var file in Directory.EnumerateFiles(At(root), "*", SearchOption.AllDirectories)) File.Delete(file);
        quota.Dispose();
        Assert.False(Directory.Exists(At(root)));
    }

    private string Read(string path) => File.ReadAllText(At(path));

    private string At(string path) => Path.Combine(_mount, path);
}
