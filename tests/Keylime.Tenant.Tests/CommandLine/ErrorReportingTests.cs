using System.Globalization;
using Keylime.Protocol;
using Keylime.Tenant.Agents;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Evidence;

namespace Keylime.Tenant.Tests.CommandLine;

public sealed class ErrorReportingTests
{
    [Fact]
    public async Task What_nobody_thought_of_is_one_line_and_an_exit_code()
    {
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(1, await ErrorReporting.RunAsync(error, () => throw new NotSupportedException("odd")));
        Assert.Equal(2, await EvidenceErrors.ReportAsync(error, () => throw new NotSupportedException("odd")));
        const string line = "ERROR: a defect of this program, please report it: NotSupportedException: odd\n";
        Assert.Equal(line + line, error.ToString());
    }

    [Fact]
    public async Task One_agents_oddity_leaves_the_others_their_turn()
    {
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        AgentId[] ids = [AgentId.Parse("a"), AgentId.Parse("odd"), AgentId.Parse("z")];
        var done = await EachAgent.RunAsync(TextWriter.Synchronized(error), ids, "done", id => id == ids[1] ? throw new NotSupportedException("odd") : Task.CompletedTask, default);
        Assert.Equal([ids[0], ids[2]], done);
        Assert.Contains("ERROR: Agent odd: a defect of this program, please report it: NotSupportedException: odd\n", error.ToString(), StringComparison.Ordinal);
    }
}
