using System.Globalization;
using Keylime.AppHost.Status;
using Keylime.Protocol;
using Spectre.Console;

namespace Keylime.AppHost.Tests.Status;

public sealed class StatusTablesTests
{
    private const string Reason = "ima.validation.ima-ng.not_in_allowlist: entry 7: /usr/bin/inventory is not in the runtime policy with the digest sha256:8a2c7e9d6f0b3541";

    [Theory]
    [InlineData(80, 24, 3)]
    [InlineData(80, 24, 20)]
    [InlineData(100, 30, 20)]
    [InlineData(180, 50, 20)]
    [InlineData(80, 10, 20)]
    [InlineData(40, 12, 3)]
    public void A_window_shows_what_is_not_well_first_and_is_not_overrun(int width, int height, int agents)
    {
        var lines = Draw(Cluster(agents), width, height);
        Assert.InRange(lines.Length, 1, height - 1);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.StartsWith("agent ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("agent-2", lines[1], StringComparison.Ordinal);
        Assert.Contains("failed", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(100, 30)]
    public void The_usual_cluster_shows_all_agents_and_the_gateways_addresses_in_a_small_window(int width, int height)
    {
        var text = string.Join('\n', Draw(Cluster(3), width, height));
        foreach (var agent in (string[])["agent-0", "agent-1", "agent-2"]) Assert.Contains(agent, text, StringComparison.Ordinal);
        foreach (var address in (string[])["https://127.0.0.1:28881", "http://127.0.0.1:28890", "https://127.0.0.1:28891"]) Assert.Contains(address, text, StringComparison.Ordinal);
        Assert.Contains("/usr/bin/inventory", text, StringComparison.Ordinal);
        Assert.DoesNotContain("enrollment", text, StringComparison.Ordinal);
        Assert.Contains("certificates: /tmp/", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_without_room_is_not_overrun_either()
    {
        for (var height = 0; height < 12; height++) Assert.InRange(StatusTables.Fit(Cluster(3), 10, height).Count, 0, height);
    }

    [Fact]
    public void What_does_not_fit_is_counted()
    {
        var lines = Draw(Cluster(20), 80, 24);
        var shown = lines.Count(line => line.StartsWith("agent-", StringComparison.Ordinal) && line.Contains("verifier-", StringComparison.Ordinal));
        Assert.Contains($"... and {20 - shown} more", lines);
        Assert.Contains("https://127.0.0.1:28881", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.DoesNotContain(Draw(Cluster(3), 200, 100), line => line.StartsWith("...", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stopped_service_comes_first_of_its_kind()
    {
        var cluster = Cluster(20);
        var stopped = cluster with { Services = [.. cluster.Services.Select(service => service.Name == "tpm-19" ? service with { State = "exited", Pid = null } : service)] };
        var lines = Draw(stopped, 80, 24);
        Assert.StartsWith("tpm-19", lines[Array.FindIndex(lines, line => line.StartsWith("service ", StringComparison.Ordinal)) + 1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_has_everything_whole_and_nothing_at_the_ends_of_lines()
    {
        var text = StatusTables.DrawText(Cluster(20));
        Assert.All(text.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
        foreach (var part in (string[])["agent-19", "tpm-19-setup", "enrollment", Reason]) Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.DoesNotContain("... and", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_cannot_command_the_terminal()
    {
        var cluster = Cluster(1) with { Agents = [new("agent-0", TrustState.Failed, "verifier-0", 1, null, "\u001b[2J\u0007/bin/\r\nx")] };
        Assert.DoesNotContain(StatusTables.DrawText(cluster), letter => char.IsControl(letter) && letter != '\n');
        Assert.Contains("?[2J?/bin/??x", StatusTables.DrawText(cluster), StringComparison.Ordinal);
    }

    /// <summary>As <c>./keylime up</c> has it; the third agent has failed.</summary>
    private static ClusterStatus Cluster(int agents)
    {
        var services = new List<ServiceStatus>
        {
            new("postgres", "postgres", "running", "tcp://127.0.0.1:25001", 1001), new("redis", "redis", "running", "tcp://127.0.0.1:25002", 1002), Service("gateway", 28881),
            new("gateway/registrar", "project", "running", "http://127.0.0.1:28890", 1003), new("gateway/registrar-mtls", "project", "running", "https://127.0.0.1:28891", 1003),
            Service("verifier-0", 25010), Service("verifier-1", 25011), Service("registrar-0", 25012), Service("registrar-1", 25013),
            Job("certificates"), new("ima", "project", "running", null, 1010), Job("policy"), Job("enrollment"),
        };
        for (var i = 0; i < agents; i++)
            services.AddRange([Job($"tpm-{i}-setup"), new($"tpm-{i}", "executable", "running", null, 2000 + i), Service($"agent-{i}", 26000 + i)]);
        return new(services, [.. Enumerable.Range(0, agents).Select(Agent)], new("/tmp/keylime-AbCdEf/keylime/cv_ca"));
    }

    private static AgentStatus Agent(int i) => i == 2
        ? new("agent-2", TrustState.Failed, "verifier-0", 7, DateTimeOffset.UnixEpoch, Reason, [Judged.Runtime])
        : new($"agent-{i}", TrustState.Attested, $"verifier-{i % 2}", 12345, DateTimeOffset.UnixEpoch, null, [Judged.Runtime]);

    private static ServiceStatus Service(string name, int port) => new(name, "project", "running", string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}"), 1000);

    private static ServiceStatus Job(string name) => new(name, "project", "finished", null, null);

    /// <summary>The lines as a terminal of that size shows them.</summary>
    private static string[] Draw(ClusterStatus status, int width, int height)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        (console.Profile.Width, console.Profile.Height) = (width, height);
        console.Write(new StatusScreen(status));
        return text.ToString().TrimEnd('\n').Split('\n');
    }
}
