using System.Diagnostics;
using System.Security.Cryptography;

namespace Keylime.ImaMeasurer.Tests;

public sealed class MeasuredFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("keylime-ima-").FullName;

    [Fact]
    public void Finds_each_file_once_until_it_changes()
    {
        Write("usr/bin/b", "b");
        Write("a file", "a");
        var folder = new MeasuredFolder(_root);
        Assert.True(folder.HasChanged());
        Assert.Equal(["/a file", "/usr/bin/b"], folder.FindChanged().Select(file => file.Name));
        Assert.False(folder.HasChanged());
        Assert.Empty(folder.FindChanged());

        Write("usr/bin/b", "longer");
        Write("new", "n");
        Assert.True(folder.HasChanged());
        var changed = folder.FindChanged();
        Assert.Equal(["/new", "/usr/bin/b"], changed.Select(file => file.Name));
        Assert.Equal(SHA256.HashData("longer"u8), changed[1].Sha256);

        folder.Forget();
        Assert.Equal(3, folder.FindChanged().Count);
    }

    [Fact]
    public void A_folder_that_is_not_there_yet_is_empty()
    {
        var folder = new MeasuredFolder(Path.Combine(_root, "later"));
        Assert.Empty(folder.FindChanged());
        Write("later/file", "x");
        Assert.Single(folder.FindChanged());
    }

    [Fact]
    public void Does_not_wait_for_pipes_nor_follow_links()
    {
        using (var mkfifo = Process.Start("mkfifo", [Path.Combine(_root, "pipe")])) mkfifo.WaitForExit();
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), "/etc");
        File.CreateSymbolicLink(Path.Combine(_root, "hosts"), "/etc/hosts");
        Assert.Equal(["/pipe"], new MeasuredFolder(_root).FindChanged().Select(file => file.Name));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
