using System.Globalization;
using Keylime.Protocol;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Keylime.AppHost.Status;

/// <summary>The cluster as tables: what fits a window, or all of it for <c>./keylime status</c>.</summary>
internal static class StatusTables
{
    /// <summary>What matters most in so many lines: agents before services, and of each those that are not well before the others.</summary>
    public static IReadOnlyList<SegmentLine> Fit(ClusterStatus status, int width, int height)
    {
        var agents = DescribeAgents(status.Agents.OrderBy(agent => Urgency(agent.State)));
        // Jobs that are done are of no more interest; addresses are what people look for.
        var services = DescribeServices(status.Services.Where(service => service.State != "finished").OrderBy(service => (Urgency(service.State) > 0, service.Address is null)));
        var room = height - 2; // An empty line between the tables, and the certificates below them.
        var top = agents.Draw(width, room - Math.Min(services.CountLines(width), room / 3));
        SegmentLine[] lines = [.. top, [], .. services.Draw(width, room - top.Count), Certificates(status)];
        return [.. lines.Take(height).Select(line => Cut(line, width))];
    }

    /// <summary>Everything, as wide as it is: whoever shows it breaks long lines, a file has them whole.</summary>
    public static string DrawText(ClusterStatus status)
    {
        IEnumerable<SegmentLine> lines = [.. All(DescribeAgents(status.Agents)), [], .. All(DescribeServices(status.Services)), [], Certificates(status)];
        return string.Concat(lines.Select(line => string.Concat(line.Select(segment => segment.Text)).TrimEnd() + "\n"));

        static IReadOnlyList<SegmentLine> All(LineTable table) => table.Draw(int.MaxValue, int.MaxValue);
    }

    private static LineTable DescribeAgents(IEnumerable<AgentStatus> agents)
    {
        var table = new LineTable("agent", "state", "judged", "owner", "attestations", "last success");
        foreach (var agent in agents)
            table.Add(
                Printable(agent.Reason ?? ""), new(Printable(agent.Id)), new(agent.State, StateStyle(agent.State)), new(Printable(Judged.Describe(agent.Judged))), new(Printable(agent.Owner ?? "-")),
                new(agent.Attestations.ToString(CultureInfo.InvariantCulture), IsNumber: true),
                new(agent.LastSuccess?.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "-"));
        return table;
    }

    private static LineTable DescribeServices(IEnumerable<ServiceStatus> services)
    {
        var table = new LineTable("service", "kind", "state", "address", "pid");
        foreach (var service in services)
            table.Add(
                "", new(service.Name), new(service.Kind), new(service.State, StateStyle(service.State)), new(service.Address ?? "-"),
                new(service.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-", IsNumber: true));
        return table;
    }

    private static SegmentLine Cut(SegmentLine line, int width) => line.CellCount() <= width ? line : Segment.SplitLines(line, width)[0];

    private static SegmentLine Certificates(ClusterStatus status) => [new($"certificates: {status.Tls.Directory}")];

    private static int Urgency(string state) => state switch
    {
        TrustState.Failed or "exited" => 0, // A service's "failed" is the same word.
        TrustState.Stale => 1,
        TrustState.Attested or "running" => 3,
        _ => 2,
    };

    private static Style StateStyle(string state) => Urgency(state) switch
    {
        0 => new(Color.Red, decoration: Decoration.Bold),
        1 => new(Color.Yellow),
        3 => new(Color.Green),
        _ => new(Color.Grey),
    };

    /// <summary>A file's name in a reason may hold what a terminal obeys.</summary>
    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
}
