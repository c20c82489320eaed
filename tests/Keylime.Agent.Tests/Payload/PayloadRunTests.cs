using System.Security.Cryptography;
using System.Text;
using Keylime.Agent.Payload;
using Keylime.Protocol.Payloads;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keylime.Agent.Tests.Payload;

public sealed class PayloadRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    private PayloadOptions Options => new(_folder.Path, "derived_tci_key", "decrypted_payload", ExtractZip: true, "autorun.sh", Run: true);

    [Fact]
    public async Task Lays_out_key_and_payload_unpacks_and_runs_the_script_there()
    {
        var zip = ZipText.Create(
            ("autorun.sh", "pwd > where\ncat derived_tci_key > seen\nexit 3\n", 0x81A4), ("action_list", "action\n../autorun.sh\n", 0x81A4), ("action", "#!/bin/sh\n", 0x81A4));
        await RunAsync(Options, zip);
        Assert.Equal(_key, File.ReadAllBytes(At("derived_tci_key")));
        Assert.Equal(zip, File.ReadAllBytes(At("decrypted_payload")));
        Assert.Equal(Options.Folder, File.ReadAllText(At("where")).Trim());
        Assert.Equal(_key, File.ReadAllBytes(At("seen")));
        Assert.True(File.GetUnixFileMode(At("action")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("derived_tci_key")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Options.Folder));
    }

    [Fact]
    public async Task Leaves_nothing_of_an_earlier_payload()
    {
        await RunAsync(Options, ZipText.Create(("old", "x", 0x81A4)));
        await RunAsync(Options, ZipText.Create(("new", "x", 0x81A4)));
        Assert.False(File.Exists(At("old")));
        Assert.True(File.Exists(At("new")));
    }

    [Fact]
    public async Task A_payload_that_is_no_zip_stays_as_a_file_and_nothing_runs()
    {
        await RunAsync(Options, Encoding.UTF8.GetBytes("plain"));
        Assert.Equal("plain", File.ReadAllText(At("decrypted_payload")));
        Assert.Equal(2, Directory.GetFileSystemEntries(Options.Folder).Length);
    }

    [Fact]
    public async Task Without_unpacking_the_payload_may_be_the_script_itself()
    {
        await RunAsync(Options with { ExtractZip = false, Script = "decrypted_payload" }, Encoding.UTF8.GetBytes("touch ran"));
        Assert.True(File.Exists(At("ran")));
    }

    [Fact]
    public async Task A_payload_of_another_key_changes_nothing()
    {
        await RunAsync(Options, ZipText.Create(("old", "x", 0x81A4)));
        var forged = PayloadCipher.Encrypt(RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16), ZipText.Create(("new", "x", 0x81A4)));
        await Runner(Options).RunAsync(_key, forged, CancellationToken.None);
        await Runner(Options).RunAsync(_key, [], CancellationToken.None);
        Assert.True(File.Exists(At("old")));
    }

    [Fact]
    public async Task Scripts_that_say_more_than_a_pipe_holds_come_to_their_end()
    {
        await RunAsync(Options, ZipText.Create(("autorun.sh", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; touch ended", 0x81A4)));
        Assert.True(File.Exists(At("ended")));
    }

    [Fact]
    public async Task A_service_that_a_script_leaves_behind_does_not_hold_up_the_agent()
    {
        // It ends when its folder goes, with the test.
        await RunAsync(Options, ZipText.Create(("autorun.sh", "(while [ -e autorun.sh ]; do sleep 0.1; done) &", 0x81A4)));
        Assert.True(File.Exists(At("autorun.sh")));
    }

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(Options.Folder, name);

    private Task RunAsync(PayloadOptions options, byte[] payload) =>
        Runner(options).RunAsync(_key, PayloadCipher.Encrypt(_key, RandomNumberGenerator.GetBytes(16), payload), CancellationToken.None);

    private static PayloadRun Runner(PayloadOptions options) => new(options, NullLogger<PayloadRun>.Instance);
}
