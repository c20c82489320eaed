using Keylime.ServiceDefaults.Configuration;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Tests.CommandLine;

/// <summary>Runs the command lines in <c>tests/vectors/cli</c> and compares all that they write. A block is <c>$ arguments</c>, the text, and <c>[exit N]</c>.</summary>
public sealed class TranscriptTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "cli");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Writes_what_the_transcript_says(string file)
    {
        var expected = await File.ReadAllTextAsync(Path.Combine(Folder, file));
        var commands = expected.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        var actual = new List<string>();
        foreach (var command in commands) actual.Add(await RunAsync(command));
        Assert.Equal(expected, string.Join('\n', actual));
    }

    private static async Task<string> RunAsync(string command)
    {
        using var text = new StringWriter();
        // Nothing listens at port 1; a configuration that names it makes every transcript the same everywhere.
        var environment = new Dictionary<string, string> { ["KEYLIME_DIR"] = "/nowhere" };
        var exitCode = await TenantCommandLine.RunAsync(command[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            new(text, text, () => KeylimeSettings.Load("tenant", environment, "/nowhere")), default);
        var lines = text.ToString().Replace("testhost", "Keylime.Tenant", StringComparison.Ordinal).Split('\n').Select(WithoutTime);
        return $"{command}\n{string.Join('\n', lines).TrimEnd('\n')}\n[exit {exitCode}]\n";
    }

    // 2026-08-01 12:00:00.000 - keylime.tenant - ...
    private static string WithoutTime(string line) => line.IndexOf(" - keylime.tenant - ", StringComparison.Ordinal) is var at and 23 ? line[(at + 3)..].Insert(0, "TIME - ") : line.TrimEnd();
}
