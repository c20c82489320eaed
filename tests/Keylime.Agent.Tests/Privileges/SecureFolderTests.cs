using Keylime.Agent.Privileges;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent.Tests.Privileges;

public sealed class SecureFolderTests
{
    [Theory]
    [InlineData("98 0 0:45 / /var/lib/keylime/secure rw,nosuid,nodev shared:7 - tmpfs tmpfs rw,size=1024k,mode=700", "tmpfs")]
    [InlineData("98 0 0:45 / /var/lib/keylime/secure rw - ext4 /dev/sda1 rw", "ext4")]
    [InlineData("98 0 0:45 / /var/lib/keylime rw - tmpfs tmpfs rw", null)]
    [InlineData("98 0 0:45 / /var/lib/keylime/secure rw tmpfs tmpfs rw", null)]
    [InlineData("98 0 0:45 / /var/lib/keylime/secure rw -", null)]
    [InlineData("", null)]
    public void Finds_what_is_mounted_exactly_there(string line, string? type) =>
        Assert.Equal(type, SecureFolder.FindMount("/var/lib/keylime/secure", [line]));

    [Fact]
    public void The_last_mount_lies_on_top() => Assert.Equal("tmpfs", SecureFolder.FindMount("/s",
    [
        "98 0 0:45 / /s rw - ext4 /dev/sda1 rw",
        "99 0 0:46 / /s rw - tmpfs tmpfs rw",
    ]));

    [Fact]
    public void A_plain_folder_is_the_owners_only()
    {
        using var folder = new TemporaryFolder();
        SecureFolder.Create(folder.At("secure"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.At("secure")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nowhere")]
    public void A_link_in_its_place_is_refused(string target)
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.At("secure"), folder.At(target));
        Assert.Throws<ConfigurationException>(() => SecureFolder.Create(folder.At("secure")));
        Assert.Throws<ConfigurationException>(() => SecureFolder.Mount(folder.At("secure"), "1m"));
        Assert.Throws<ConfigurationException>(() => UnixAccount.Find("root:root").Own(folder.At("secure")));
        Assert.False(Path.Exists(folder.At("nowhere")));
    }

    [Fact]
    public void A_folder_held_open_is_the_same_when_its_path_leads_elsewhere()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("elsewhere"));
        Directory.CreateDirectory(folder.At("secure"));
        using var held = UnixFolder.Open(folder.At("secure"));
        Directory.Move(folder.At("secure"), folder.At("moved"));
        File.CreateSymbolicLink(folder.At("secure"), folder.At("elsewhere"));
        File.WriteAllText($"{held.Path}/here", "");
        Assert.True(File.Exists(folder.At("moved/here")));
    }

    [Theory]
    [InlineData("keylime")]
    [InlineData("keylime:")]
    [InlineData(":tss")]
    [InlineData("a:b:c")]
    [InlineData("no-such-user:root")]
    [InlineData("root:no-such-group")]
    public void Refuses_accounts_that_do_not_exist(string account) => Assert.Throws<ConfigurationException>(() => UnixAccount.Find(account));

    [Fact]
    public void Finds_accounts_that_do() => Assert.NotNull(UnixAccount.Find("root:root"));
}
