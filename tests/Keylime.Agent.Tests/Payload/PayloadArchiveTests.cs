using System.IO.Compression;
using Keylime.Agent.Payload;

namespace Keylime.Agent.Tests.Payload;

public sealed class PayloadArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Unpacks_files_and_folders_for_the_owner_only()
    {
        Extract(ZipText.Create(("autorun.sh", "echo", 0x81ED), ("certs/ca.crt", "ca", 0x81A4), ("empty/", "", 0x41ED)));
        Assert.Equal("echo", File.ReadAllText(_folder.At("unzipped/autorun.sh")));
        Assert.Equal("ca", File.ReadAllText(_folder.At("unzipped/certs/ca.crt")));
        Assert.True(Directory.Exists(_folder.At("unzipped/empty")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.At("unzipped/autorun.sh")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.At("unzipped/certs/ca.crt")));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("folder/../../outside")]
    [InlineData("/outside")]
    [InlineData("folder//file")]
    [InlineData("./file")]
    [InlineData("folder/..")]
    [InlineData("..\\outside")]
    public void Refuses_names_that_lead_elsewhere_before_anything_is_written(string name)
    {
        var zip = ZipText.Create(("good", "x", 0x81A4), (name, "x", 0x81A4));
        Assert.Contains(name, Assert.Throws<InvalidDataException>(() => Extract(zip)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.At("unzipped")));
        Assert.False(File.Exists(_folder.At("outside")));
    }

    [Fact]
    public void Refuses_symbolic_links() =>
        Assert.Contains("symbolic link", Assert.Throws<InvalidDataException>(() => Extract(ZipText.Create(("link", "/etc/passwd", 0xA1FF)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Does_not_replace_what_is_there()
    {
        Directory.CreateDirectory(_folder.At("unzipped"));
        File.WriteAllText(_folder.At("unzipped/derived_tci_key"), "key");
        Assert.Throws<InvalidDataException>(() => Extract(ZipText.Create(("derived_tci_key", "forged", 0x81A4))));
        Assert.Equal("key", File.ReadAllText(_folder.At("unzipped/derived_tci_key")));
        Assert.Throws<InvalidDataException>(() => Extract(ZipText.Create(("twice", "1", 0x81A4), ("twice", "2", 0x81A4))));
    }

    [Fact]
    public void Stops_a_bomb_at_the_limit()
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var bomb = archive.CreateEntry("bomb", CompressionLevel.Fastest).Open();
            var zeros = new byte[1 << 20];
            for (long written = 0; written <= PayloadArchive.MaxBytes; written += zeros.Length) bomb.Write(zeros);
        }
        Assert.Contains("unpacks to more than", Assert.Throws<InvalidDataException>(() => Extract(zip.ToArray())).Message, StringComparison.Ordinal);
        Assert.True(new FileInfo(_folder.At("unzipped/bomb")).Length <= PayloadArchive.MaxBytes);
    }

    [Fact]
    public void Refuses_too_many_entries()
    {
        var entries = Enumerable.Range(0, PayloadArchive.MaxEntries + 1).Select(i => ($"f{i}", "", 0x81A4)).ToArray();
        Assert.Throws<InvalidDataException>(() => Extract(ZipText.Create(entries)));
    }

    [Fact]
    public void Refuses_every_truncation()
    {
        var zip = ZipText.Create(("a", "content", 0x81A4));
        for (var length = 0; length < zip.Length; length++)
        {
            var cut = zip[..length];
            Assert.Throws<InvalidDataException>(() => Extract(cut));
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Extract(byte[] zip)
    {
        Directory.CreateDirectory(_folder.At("unzipped"));
        PayloadArchive.Extract(new MemoryStream(zip), _folder.At("unzipped"));
    }
}
