using System.Text.Json;
using Keylime.Load.Fleet;
using Keylime.Load.Reports;

namespace Keylime.Load.Tests.Reports;

public sealed class ReportFileTests
{
    [Fact]
    public void The_promised_members_have_their_names()
    {
        using var document = JsonDocument.Parse(ReportFile.Serialize(Samples.Report(kills: [new("verifier", 2, new(1, 2, 3), new(1, 2, 3), 0, new(null, null, null), [3, 2])])));
        var report = document.RootElement;
        foreach (var name in (string[])["agents", "intervalSeconds", "attestationsPerSecond", "verifierCpuMsPerAttestation", "tlsRequestCpuMs", "signatureCheckCpuMs", "latenessMs",
                     "missedDeadlines", "memoryKiBPerAgent", "sqlStatementsPerAttestation", "redisCommandsPerAttestation", "kills", "injectedFailures", "lostFailures"])
            Assert.True(report.TryGetProperty(name, out _), name);
        Assert.Equal(["p50", "p99", "max"], report.GetProperty("latenessMs").EnumerateObject().Select(member => member.Name));
        var kill = report.GetProperty("kills")[0];
        Assert.Equal(("verifier", 2, 3.0), (kill.GetProperty("target").GetString(), kill.GetProperty("count").GetInt32(), kill.GetProperty("gapSeconds").GetProperty("max").GetDouble()));
    }

    [Fact]
    public void The_summary_names_what_must_not_be_overlooked()
    {
        var lines = ReportSummary.Of(Samples.Report("look here", [new("redis", 1, new(null, null, null), new(null, null, null), 7, new(4, 4, 4), [null])])).ToList();
        Assert.Contains("! look here", lines);
        Assert.Contains(lines, line => line.Contains("lost 1", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("7 not at all; all well at most 4 s after its return", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model name\t: Some CPU @ 2 GHz", "Some CPU @ 2 GHz")]
    [InlineData("model name", "unknown")]
    [InlineData("model name\t:", "unknown")]
    [InlineData("BogoMIPS: 50.00", "unknown")]
    public void A_processor_without_a_name_is_unknown(string line, string name) => Assert.Equal(name, MachineDescription.FindProcessor(["processor : 0", line]));
}
