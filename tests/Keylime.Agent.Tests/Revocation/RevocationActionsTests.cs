using Keylime.Agent.Payload;
using Keylime.Agent.Revocation;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keylime.Agent.Tests.Revocation;

public sealed class RevocationActionsTests : IDisposable
{
    private const string Message = """{"type":"revocation"}""";
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();
    private readonly PayloadOptions _payload;

    public RevocationActionsTests()
    {
        _payload = new(_folder.At("secure"), "key", "payload", true, "", true);
        Directory.CreateDirectory(_payload.Folder);
        Directory.CreateDirectory(_folder.At("installed"));
    }

    [Fact]
    public async Task Runs_the_configured_actions_and_the_payloads_with_the_message_in_a_file()
    {
        Install("first", "cat \"$1\" >> log; pwd >> log; echo first >> log");
        Deliver("second", "echo second >> log");
        File.WriteAllText(_payload.ActionList, "second");
        await RunAsync(["first"]);
        Assert.Equal($"{Message}{_folder.Path}\nfirst\nsecond\n", Log);
        Assert.Empty(Directory.GetFiles(_folder.Path, "revocation-*"));
    }

    [Fact]
    public async Task The_first_that_fails_ends_the_list()
    {
        Install("good", "echo good >> log");
        Install("bad", "echo bad >> log; exit 1");
        await RunAsync(["good", "bad", "good"]);
        Assert.Equal("good\nbad\n", Log);
        await RunAsync(["missing", "good"]);
        Assert.Equal("good\nbad\n", Log);
    }

    [Fact]
    public async Task The_administrators_action_is_stronger_than_the_payloads()
    {
        Install("action", "echo installed >> log");
        Deliver("action", "echo delivered >> log");
        await RunAsync(["action"]);
        Assert.Equal("installed\n", Log);
    }

    [Fact]
    public async Task The_payloads_actions_run_only_where_they_are_allowed()
    {
        Deliver("action", "echo delivered >> log");
        await RunAsync(["action"], allowPayload: false);
        Assert.Equal("", Log);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/bin/true")]
    [InlineData("..")]
    public async Task Names_that_lead_elsewhere_are_no_actions(string name)
    {
        File.WriteAllText(_folder.At("outside"), "#!/bin/sh\necho outside >> log\n");
        File.SetUnixFileMode(_folder.At("outside"), Executable);
        Install("after", "echo after >> log");
        await RunAsync([name, "after"]);
        Assert.Equal("", Log);
    }

    [Fact]
    public async Task A_file_that_cannot_be_executed_fails_like_an_action_that_failed()
    {
        File.WriteAllText(_folder.At("installed/plain"), "no program");
        Install("after", "echo after >> log");
        await RunAsync(["plain", "after"]);
        Assert.Equal("", Log);
    }

    public void Dispose() => _folder.Dispose();

    private string Log => File.Exists(_folder.At("log")) ? File.ReadAllText(_folder.At("log")) : "";

    private Task RunAsync(string[] names, bool allowPayload = true) =>
        new RevocationActions(new(_folder.At("cert"), names, _folder.At("installed"), allowPayload, _folder.Path), _payload, NullLogger<RevocationActions>.Instance)
            .RunAsync(Message, CancellationToken.None);

    private void Install(string name, string script) => Write(_folder.At($"installed/{name}"), script);

    private void Deliver(string name, string script) => Write(Path.Combine(_payload.Folder, name), script);

    private static void Write(string path, string script)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, Executable);
    }
}
