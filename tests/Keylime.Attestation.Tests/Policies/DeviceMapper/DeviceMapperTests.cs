using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Ima.DeviceMapper;
using Keylime.Attestation.Policies;
using Keylime.Attestation.Policies.DeviceMapper;
using Keylime.Testing;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Policies.DeviceMapper;

public class DeviceMapperTests
{
    private const string Root = "fetched/dm/keylime+keylime";
    private const string Table = "dm_version=4.45.0;name=test,uuid=,major=253,minor=0,minor_count=1,num_targets=1;target_index=0,target_begin=0,target_len=8,target_name=linear,"
        + "target_version=1.4.0,device_name=254:2,start=0;";

    [VectorFact]
    public void Published_scenarios_fail_where_they_say_and_nowhere_else() => Assert.All(Vectors.ReadJson($"{Root}/scenarios.json").GetProperty("scenarios").EnumerateArray(), scenario =>
    {
        var policy = PolicyOf(Vectors.ReadJson($"{Root}/scenarios.json").GetProperty("policies").GetProperty(scenario.GetProperty("policy").GetString()!).GetRawText());
        var appraisal = new DeviceMapperAppraisal(policy, DeviceMapperState.Empty, new(TimeProvider.System));
        var seen = scenario.GetProperty("entries").EnumerateArray().Select(entry => Failures(appraisal, entry.GetString()!));

        var expected = scenario.GetProperty("expected");
        Assert.Equal(expected.GetProperty("failures_per_entry").EnumerateArray().Select(Texts), seen);
        Assert.Equal(Texts(expected.GetProperty("final_invalid")), appraisal.FindUnfinished().Select(failure => failure.EventId).Order(StringComparer.Ordinal));
    });

    [VectorFact]
    public void Published_events_are_read() => Assert.All(Vectors.ReadJson($"{Root}/entries.json").EnumerateObject(), entry =>
    {
        var fields = entry.Value.GetProperty("line").GetString()!.Split(' ');
        Assert.True(DeviceMapperEvent.TryParse(fields[4], Convert.FromHexString(fields[5]), out _, out var fault), fault);
    });

    [Fact]
    public void Goes_on_where_the_last_quote_stood_also_after_a_restart()
    {
        var load = Line("dm_table_load", Table);
        var resume = Line("dm_device_resume", $"dm_version=4.45.0;name=test,uuid=,major=253,minor=0,minor_count=1,num_targets=1;active_table_hash=sha256:{Digest(Table)};current_device_capacity=8;");
        var policy = RuntimePolicyWith(LinearPolicy());
        var (first, findings) = Appraise(load.Text, load.Pcr(new byte[32]), policy, null);
        Assert.Empty(findings.Failures);
        Assert.True(AppraisalState.TryParse(new AppraisalState { Ima = first }.Write(), out var stored));
        Assert.Equal(first, stored.Ima);

        var pcr = resume.Pcr(first!.PcrValue.ToArray());
        var (next, after) = Appraise(resume.Text, pcr, policy, stored.Ima);
        Assert.Empty(after.Failures);
        Assert.True(next!.Devices.Known["test"] is { IsActive: true, IsValid: true });

        // Without what was known, the same entry is an activation out of nowhere.
        var (_, lost) = Appraise(resume.Text, pcr, policy, first with { Devices = DeviceMapperState.Empty });
        Assert.Equal("ima.validation.dm.dm_device_resume.resume_before_table_load", Assert.Single(lost.Failures).EventId);
    }

    [Fact]
    public void Stored_devices_are_refused_at_every_truncation()
    {
        var state = new AppraisalState { Ima = new(3, new byte[32], 0) { Devices = DeviceMapperState.Empty.With("ä", new("rule", "sha256:00", true, false)) } };
        var bytes = state.Write();
        for (var length = 1; length < bytes.Length; length++) Assert.False(AppraisalState.TryParse(bytes.AsSpan(0, length), out _));
        Assert.True(AppraisalState.TryParse(bytes, out var read));
        Assert.Equal(state, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("dm_version=4.45.0")]
    [InlineData("name=test;")]
    [InlineData("dm_version=4.45.0;")]
    [InlineData("dm_version=4.45.0;uuid=,name=test;target_index=0;")]
    [InlineData("dm_version=4.45.0;name=test,name=test;")]
    [InlineData("dm_version=4.45.0;name=test,uuid=,major=253,minor=0,minor_count=1,num_targets=1;")]
    [InlineData("dm_version=4.45.0;name=te=st,uuid=;")]
    [InlineData("dm_version=4.45.0;name=test\\")]
    public void Refuses_a_malformed_table_and_says_why(string text)
    {
        Assert.False(DeviceMapperEvent.TryParse("dm_table_load", Encoding.UTF8.GetBytes(text), out _, out var fault));
        Assert.NotEmpty(fault);
        Assert.Equal("ima.validation.dm.parsing_failed",
            Assert.Single(new DeviceMapperAppraisal(LinearPolicy(), DeviceMapperState.Empty, new(TimeProvider.System)).Appraise(0, "dm_table_load", Encoding.UTF8.GetBytes(text), "sha256:00")).EventId);
    }

    [Fact]
    public void Refuses_every_truncation_and_survives_every_flipped_byte()
    {
        var bytes = Encoding.UTF8.GetBytes(Table);
        for (var length = 0; length < bytes.Length; length++) Assert.False(DeviceMapperEvent.TryParse("dm_table_load", bytes.AsSpan(0, length), out _, out _));
        for (var i = 0; i < bytes.Length; i++)
            foreach (var flip in (byte[])[1, 0x80])
            {
                var flipped = bytes.ToArray();
                flipped[i] ^= flip;
                Assert.NotNull(new DeviceMapperAppraisal(LinearPolicy(), DeviceMapperState.Empty, new(TimeProvider.System)).Appraise(0, "dm_table_load", flipped, "sha256:00"));
            }
    }

    [Fact]
    public void Reads_separators_that_belong_to_a_name()
    {
        Assert.True(DeviceMapperEvent.TryParse("dm_table_load", Encoding.UTF8.GetBytes(Table.Replace("name=test", @"name=a\,b\;c\=d\\e", StringComparison.Ordinal)), out var parsed, out var fault), fault);
        Assert.Equal(@"a,b;c=d\e", parsed.Device["name"]);
    }

    [Theory]
    [InlineData("\"match_on\":\"name\"", "\"match_on\":\"size\"", "$.match_on")]
    [InlineData("\"match_on\":\"name\"", "\"match_on\":\"uuid\",\"match_on\":\"name\"", "$.match_on")]
    [InlineData("\"allow_clear\":false,", "\"allow_clear\":false,\"allow_clear\":true,", "$.rules.r.allow_clear")]
    [InlineData("\"start\":0", "\"start\":0,\"start\":1", "$.rules.r.table_load.targets[0].start")]
    [InlineData("\"allow_clear\":false,", "", "$.rules['r'].allow_clear")]
    [InlineData("\"num_targets\":1", "\"num_targets\":2", "$.rules['r'].table_load.num_targets")]
    [InlineData("\"num_targets\":1", "\"num_targets\":\"(?=1)1\"", "$.rules['r'].table_load.num_targets")]
    [InlineData("\"name\":\"test\"", "\"name\":\"(\"", "$.rules['r'].table_load.name")]
    [InlineData("\"start\":0", "\"start\":[]", "$.rules['r'].table_load.targets[0]['start']")]
    public void Refuses_a_policy_with_the_path_of_the_fault(string part, string replaced, string path)
    {
        var text = LinearText.Replace(part, replaced, StringComparison.Ordinal);
        Assert.NotEqual(LinearText, text);
        using var document = JsonDocument.Parse(text);
        Assert.False(DeviceMapperPolicy.TryRead(document.RootElement, "$", out _, out var fault));
        Assert.Equal(path, fault.Path);
    }

    [Fact]
    public void Expressions_that_take_too_long_fail_the_list_and_no_device()
    {
        var policy = PolicyOf(LinearText.Replace("\"name\":\"test\"", "\"name\":\"(?=t)test\"", StringComparison.Ordinal));
        var (line, extend) = Line("dm_table_load", Table);
        var budget = new ExpressionBudget(new SlowTime(PolicyExpression.MatchTimeout));
        Assert.True(PolicyExpression.TryCompile("(?=t)t", "$.other", out var other));
        for (var spent = PolicyExpression.MatchTimeout; spent < ExpressionBudget.Limit; spent += PolicyExpression.MatchTimeout) Assert.True(budget.IsMatch(other, "t"));

        var findings = new Findings();
        var position = ImaAppraisal.Appraise(Encoding.UTF8.GetBytes(line), null, TpmAlgorithm.Sha256, extend(new byte[32]),
            new(RuntimePolicyWith(policy), ImaKeyring.Empty, false, budget), findings);

        Assert.Null(position);
        var failure = Assert.Single(findings.Failures);
        Assert.Equal(("ima.validation.expressions_too_slow", "$.rules['r'].table_load.name"), (failure.EventId, failure.Member));
    }

    private const string LinearText = """
        {"version":1,"match_on":"name","rules":{"r":{"required":true,"device_resume_required":true,"device_rename":{"valid_name":null,"valid_uuid":false},
         "device_remove":{"allow_removal":false},"allow_clear":false,"table_load":{"allow_multiple_loads":false,"name":"test","uuid":"","major":253,"minor":0,
         "minor_count":1,"num_targets":1,"targets":[{"target_index":0,"target_name":"linear","device_name":"254:.","start":0}]}}}}
        """;

    private static DeviceMapperPolicy LinearPolicy() => PolicyOf(LinearText);

    private static DeviceMapperPolicy PolicyOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.True(DeviceMapperPolicy.TryRead(document.RootElement, "$", out var policy, out var fault), fault?.ToString());
        return policy;
    }

    private static RuntimePolicy RuntimePolicyWith(DeviceMapperPolicy devices) => new() { DeviceMapperPolicy = devices };

    private static IEnumerable<string> Failures(DeviceMapperAppraisal appraisal, string line)
    {
        var fields = line.Split(' ');
        return appraisal.Appraise(0, fields[4], Convert.FromHexString(fields[5]), fields[3]).Select(failure => failure.EventId).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(text => text.GetString()!).Order(StringComparer.Ordinal);

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static (string Text, Func<byte[], byte[]> Pcr) Line(string kind, string text)
    {
        var buffer = Encoding.UTF8.GetBytes(text);
        byte[] digest = [.. "sha256:\0"u8, .. SHA256.HashData(buffer)];
        byte[] name = [.. Encoding.UTF8.GetBytes(kind), 0];
        byte[] data = [.. BitConverter.GetBytes(digest.Length), .. digest, .. BitConverter.GetBytes(name.Length), .. name, .. BitConverter.GetBytes(buffer.Length), .. buffer];
        return ($"10 {Convert.ToHexStringLower(SHA1.HashData(data))} ima-buf sha256:{Digest(text)} {kind} {Convert.ToHexStringLower(buffer)}\n",
            before => SHA256.HashData([.. before, .. SHA256.HashData(data)]));
    }

    private static (ImaPosition? Position, Findings Findings) Appraise(string log, byte[] pcr, RuntimePolicy policy, ImaPosition? start)
    {
        var findings = new Findings();
        return (ImaAppraisal.Appraise(Encoding.UTF8.GetBytes(log), start, TpmAlgorithm.Sha256, pcr, new(policy, ImaKeyring.Empty, false, new(TimeProvider.System)), findings), findings);
    }
}
