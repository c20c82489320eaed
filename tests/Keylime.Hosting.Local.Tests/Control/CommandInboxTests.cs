using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Tests.Control;

public sealed class CommandInboxTests
{
    [Theory]
    [InlineData("server stop", "ok\n")]
    [InlineData("server tamper", "ok\n")]
    [InlineData("server dance\n", "failed\nThe resource 'server' has no command 'dance'\n")]
    [InlineData("nobody stop", "failed\nThere is no resource 'nobody'\n")]
    [InlineData("Database stop", "failed\n'database' is a part of 'postgres', which is commanded as a whole\n")]
    [InlineData("stop", "failed\nA request has a resource and a command\n")]
    [InlineData("", "failed\nA request has a resource and a command\n")]
    public async Task A_request_is_answered_beside_it(string request, string expected)
    {
        var builder = AppHost.Create();
        builder.AddExecutable("server", "sleep", ".", "1000").WithCommand("tamper", "Tamper", _ => Task.FromResult(CommandResults.Success()));
        builder.AddPostgres("postgres").WithExplicitStart().AddDatabase("database");
        var inbox = Path.Combine(builder.Configuration[StateDirectory.PathKey]!, "commands");
        await using var app = await builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("server", AppHost.Patience);

        Assert.Equal(expected, await AskAsync(inbox, request));
        Assert.False(File.Exists(Path.Combine(inbox, "1.request")));
    }

    [Fact]
    public async Task What_cannot_be_read_is_passed_over_and_a_folder_that_somebody_removed_may_come_back()
    {
        var builder = AppHost.Create();
        builder.AddExecutable("server", "sleep", ".", "1000");
        var state = builder.Configuration[StateDirectory.PathKey]!;
        var run = builder.Configuration[StateDirectory.RunDirectoryKey]!;
        var inbox = Path.Combine(state, "commands");
        await using (var app = await builder.StartAsync())
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync("server", AppHost.Patience);
            File.CreateSymbolicLink(Path.Combine(inbox, "0.request"), "/nowhere");
            Assert.Equal("ok\n", await AskAsync(inbox, "server restart"));
            // As who tidies his working tree up does.
            Directory.Delete(state, recursive: true);
            Directory.CreateDirectory(inbox);
            Assert.Equal("ok\n", await AskAsync(inbox, "server stop"));
            Directory.Delete(state, recursive: true);
        }
        Assert.False(Directory.Exists(run));
    }

    private static async Task<string> AskAsync(string inbox, string request)
    {
        await File.WriteAllTextAsync(Path.Combine(inbox, "1.part"), request);
        File.Move(Path.Combine(inbox, "1.part"), Path.Combine(inbox, "1.request"));
        var response = Path.Combine(inbox, "1.response");
        await Condition.HoldsAsync(() => File.Exists(response), AppHost.Patience);
        return await File.ReadAllTextAsync(response);
    }
}
