using System.Text;
using System.Text.Json;

namespace Keylime.Tenant.Tests.Evidence;

/// <summary>A line of a batch ends only itself, whatever is in it.</summary>
public sealed class HostileBatchTests : IDisposable
{
    private const string Good = """{"id":"good","verb":"ima replay","log":"tree/ima/two.log"}""";

    private readonly EvidenceRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("""{"verb":"ima replay","log":"/tmp/\u0000x"}""", "a file's name holds a zero byte")]
    [InlineData("""{"verb":"ima replay","log":""}""", "a file's name is empty")]
    [InlineData("""{"verb":"ek verify","certificate":"evidence/ek-root.pem","trust":""}""", "a file's name is empty")]
    [InlineData("""{"verb":"policy create","rootfs":"","write":"x"}""", "a file's name is empty")]
    [InlineData("""{"verb":"policy create","log":"tree/ima/two.log","write":""}""", "a file's name is empty")]
    [InlineData("""{"id":"\ud800","verb":"ima replay","log":"tree/ima/two.log"}""", "not Unicode")]
    [InlineData("""{"verb":"ima \ud800","log":"tree/ima/two.log"}""", "not Unicode")]
    [InlineData("""{"verb":"ima replay","log":"\ud800"}""", "not Unicode")]
    [InlineData("""{"\ud800":1,"verb":"ima replay","log":"tree/ima/two.log"}""", "not Unicode")]
    [InlineData("""{"id":{"a":1,"a":2},"verb":"ima replay","log":"tree/ima/two.log"}""", "a name occurs twice")]
    [InlineData("""{"verb":"ima replay","log":"tree/ima/two.log","log":"x"}""", "a name occurs twice")]
    [InlineData("""{"verb":"ima replay","log":"/dev/zero"}""", "is longer than")]
    [InlineData("""{"verb":"policy create","log":"/dev/zero","write":"x"}""", "is longer than")]
    [InlineData("""{"verb":"ek verify","certificate":"evidence/ek-root.pem","trust":"/dev/zero"}""", "is longer than")]
    public async Task Only_the_line_itself_is_unreadable(string line, string error)
    {
        var result = (await JudgeAsync(line))[1];
        Assert.Equal((2, "unreadable"), (result.GetProperty("exitCode").GetInt32(), result.GetProperty("verdict").GetString()));
        Assert.Contains(error, result.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"mask":"0x1","mask":"0x400"}""", 2)]
    [InlineData("""{"00":["0000000000000000000000000000000000000000"]}""", 6)]
    public async Task A_tpm_policy_of_any_spelling_ends_nothing(string policy, int exitCode)
    {
        var line = $$"""{"verb":"appraise","answer":"evidence/answer.json","nonce":"nonce-1","ak":"evidence/machine-ak.pem","tpm-policy":"{{_run.Write(policy)}}"}""";
        Assert.Equal(exitCode, (await JudgeAsync(line))[1].GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF_8_are_no_text()
    {
        byte[] line = [.. Encoding.UTF8.GetBytes("""{"verb":"ima replay","log":"x"""), 0xFF, .. "\"}"u8];
        Assert.Contains("not Unicode", (await JudgeAsync(line))[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_passed_over_and_what_it_holds_not_repeated()
    {
        Assert.Equal("the line is longer than 1048576 bytes", (await JudgeAsync($$"""{"id":"{{new string('B', 1 << 20)}}","verb":"ima replay"}"""))[1].GetProperty("error").GetString());
        Assert.InRange((await JudgeAsync($$"""{"verb":"ima replay","log":"tree/ima/two.log","pcr":"{{new string('x', 900_000)}}"}"""))[1].GetProperty("error").GetString()!.Length, 100, 1001);
    }

    [Fact]
    public async Task A_batch_without_an_end_is_given_up()
    {
        var (exitCode, output, error) = await EvidenceRun.RunAsync("--batch", "/dev/zero");
        Assert.Equal((2, "", "ERROR: a line is longer than 268435456 bytes\n"), (exitCode, output, error));
    }

    [Fact]
    public async Task An_empty_name_is_no_crash_outside_of_batches()
    {
        var (exitCode, _, error) = await EvidenceRun.RunAsync("ima", "replay", "--log", "");
        Assert.Equal((2, "ERROR: a file's name is empty\n"), (exitCode, error));
    }

    private Task<IReadOnlyList<JsonElement>> JudgeAsync(string line) => JudgeAsync(Encoding.UTF8.GetBytes(line));

    /// <summary>The line between two good ones, which must be judged as ever.</summary>
    private async Task<IReadOnlyList<JsonElement>> JudgeAsync(byte[] line)
    {
        var (exitCode, output, error) = await EvidenceRun.RunAsync("--batch", _run.Write([.. Encoding.UTF8.GetBytes(Good), (byte)'\n', .. line, (byte)'\n', .. Encoding.UTF8.GetBytes(Good)]));
        Assert.Equal("", error);
        JsonElement[] results = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(result => JsonSerializer.Deserialize<JsonElement>(result))];
        Assert.Equal([1, 2, 3], results.Select(result => result.GetProperty("line").GetInt32()));
        foreach (var good in (JsonElement[])[results[0], results[2]]) Assert.Equal(("good", 0), (good.GetProperty("id").GetString(), good.GetProperty("exitCode").GetInt32()));
        Assert.Equal(results[1].GetProperty("exitCode").GetInt32(), exitCode);
        return results;
    }
}
