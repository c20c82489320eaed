using System.Runtime.InteropServices;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent.Privileges;

/// <summary>The account that the agent gives up root for: option <c>run_as</c>, <c>user:group</c>.</summary>
internal sealed partial class UnixAccount
{
    /// <summary>The account of Keylime's packages.</summary>
    public const string Default = "keylime:tss";

    private const int MaxGroups = 1024;

    private readonly uint _user;
    private readonly uint _group;
    private readonly uint[] _groups;

    private UnixAccount(uint user, uint group, uint[] groups) => (_user, _group, _groups) = (user, group, groups);

    public static bool IsRoot => GetEffectiveUser() == 0;

    /// <summary>Looks the names up.</summary>
    /// <exception cref="ConfigurationException">Not <c>user:group</c>, or nobody of that name.</exception>
    public static UnixAccount Find(string userAndGroup)
    {
        if (userAndGroup.Split(':') is not [{ Length: > 0 } user, { Length: > 0 } group]) throw new ConfigurationException($"run_as = '{userAndGroup}' is not user:group");
        // struct passwd and struct group both begin with two pointers; then come the user's and the group's number.
        var entry = GetUser(user);
        if (entry == 0) throw new ConfigurationException($"run_as: there is no user '{user}'");
        var userNumber = (uint)Marshal.ReadInt32(entry, 2 * nint.Size);
        entry = GetGroup(group);
        if (entry == 0) throw new ConfigurationException($"run_as: there is no group '{group}'");
        var groupNumber = (uint)Marshal.ReadInt32(entry, 2 * nint.Size);
        var groups = new uint[MaxGroups];
        var count = MaxGroups;
        if (GetGroups(user, groupNumber, groups, ref count) < 0) throw new ConfigurationException($"run_as: user '{user}' is in more than {MaxGroups} groups");
        return new(userNumber, groupNumber, groups[..count]);
    }

    /// <summary>Whether both names are known here.</summary>
    public static bool Exists(string userAndGroup) => userAndGroup.Split(':') is [var user, var group] && GetUser(user) != 0 && GetGroup(group) != 0;

    /// <summary>Hands a folder over.</summary>
    public void Own(string path)
    {
        using var folder = UnixFolder.Open(path);
        folder.GiveTo(_user, _group);
    }

    /// <summary>Becomes the account for good, in this order: groups, group, user. The C library does it for all threads of the process.</summary>
    public void Become()
    {
        Require(SetGroups((nuint)_groups.Length, _groups), "setgroups");
        Require(SetGroup(_group), "setgid");
        Require(SetUser(_user), "setuid");
        // A call that claims success and leaves the way back open would be worse than one that fails.
        if (_user != 0 && (GetEffectiveUser() != _user || SetUser(0) == 0)) throw new InvalidOperationException("Root was given up and is still there.");
    }

    private static void Require(int result, string call)
    {
        if (result != 0) throw new ConfigurationException($"run_as: {call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "getpwnam", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint GetUser(string name);

    [LibraryImport("libc", EntryPoint = "getgrnam", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint GetGroup(string name);

    [LibraryImport("libc", EntryPoint = "getgrouplist", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int GetGroups(string user, uint group, [Out] uint[] groups, ref int count);

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nuint count, uint[] groups);

    [LibraryImport("libc", EntryPoint = "setgid", SetLastError = true)]
    private static partial int SetGroup(uint group);

    [LibraryImport("libc", EntryPoint = "setuid", SetLastError = true)]
    private static partial int SetUser(uint user);
}
