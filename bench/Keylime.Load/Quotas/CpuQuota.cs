using System.Globalization;

namespace Keylime.Load.Quotas;

/// <summary>Control groups of this run, one for each limited service: a share of one CPU, enforced by the kernel. Gone with the run.</summary>
internal sealed class CpuQuota : IDisposable
{
    /// <summary>Of the kernel's accounting. Shorter than its standard 100 ms: a limited service then pauses for less time at once.</summary>
    private const int ShortestPeriodMicroseconds = 20_000;
    /// <summary>The kernel takes no smaller one.</summary>
    private const int SmallestQuotaMicroseconds = 1_000;

    private readonly string _root;
    private readonly int _version;
    private readonly int _percent;
    private readonly HashSet<string> _groups = [];

    private CpuQuota(string root, int version, int percent) => (_root, _version, _percent) = (root, version, percent);

    /// <param name="percent">Of one CPU.</param>
    /// <param name="name">Of this run's groups, unlike others'.</param>
    /// <param name="mount">Where the kernel shows control groups.</param>
    public static CpuQuota Create(int percent, string name, string mount = "/sys/fs/cgroup")
    {
        // The unified hierarchy (v2) lists its controllers in a file; the older one has a folder for each.
        var isUnified = File.Exists(Path.Combine(mount, "cgroup.controllers"));
        var parent = isUnified ? mount : Path.Combine(mount, "cpu");
        if (!Directory.Exists(parent)) throw Refuse($"there is neither {mount}/cgroup.controllers (v2) nor {mount}/cpu (v1)");
        var root = Path.Combine(parent, name);
        try
        {
            if (isUnified) File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), "+cpu");
            Directory.CreateDirectory(root);
            if (isUnified) File.WriteAllText(Path.Combine(root, "cgroup.subtree_control"), "+cpu");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(root)) Directory.Delete(root);
            throw Refuse(e.Message);
        }
        return new(root, isUnified ? 2 : 1, percent);
    }

    /// <summary>Limits a process and what it starts, all threads of it. A service that has started again joins the group it had.</summary>
    public void Limit(string service, int pid)
    {
        var group = Path.Combine(_root, service);
        var (quota, period) = Share(_percent);
        try
        {
            if (_groups.Add(service))
            {
                Directory.CreateDirectory(group);
                if (_version == 2)
                {
                    File.WriteAllText(Path.Combine(group, "cpu.max"), $"{quota} {period}");
                }
                else
                {
                    File.WriteAllText(Path.Combine(group, "cpu.cfs_period_us"), period);
                    File.WriteAllText(Path.Combine(group, "cpu.cfs_quota_us"), quota);
                }
            }
            File.WriteAllText(Path.Combine(group, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse(e.Message);
        }
    }

    internal static (string Quota, string Period) Share(int percent)
    {
        var period = Math.Max(ShortestPeriodMicroseconds, SmallestQuotaMicroseconds * 100 / percent);
        return ((period * (long)percent / 100).ToString(CultureInfo.InvariantCulture), period.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Removes the groups; the processes in them have ended.</summary>
    public void Dispose()
    {
        foreach (var group in _groups) RemoveGroup(Path.Combine(_root, group));
        RemoveGroup(_root);
    }

    // rmdir: the files in such a folder are the kernel's and go with it. Directory.Delete with them would try to unlink each.
    private static void RemoveGroup(string path)
    {
        for (var attempt = 1; Directory.Exists(path); attempt++)
        {
            try
            {
                Directory.Delete(path);
            }
            catch (IOException) when (attempt < 50)
            {
                Thread.Sleep(20); // The kernel still buries a process of it.
            }
            catch (IOException)
            {
                return; // Not empty: a process outlived the cluster, which matters more than an empty group and is told elsewhere.
            }
        }
    }

    private static LoadException Refuse(string why) =>
        new($"--cpu-quota needs control groups for CPU (v2 cpu.max, or v1 cpu.cfs_quota_us) that this user may make, as root may: {why}");
}
