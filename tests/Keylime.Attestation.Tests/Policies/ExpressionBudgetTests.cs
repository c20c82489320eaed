using System.Text;
using System.Text.Json;
using Keylime.Attestation.Policies;

namespace Keylime.Attestation.Tests.Policies;

public sealed class ExpressionBudgetTests : IDisposable
{
    private const string Nonce = "nonce";
    private static readonly string Digest = new('a', 64);
    private readonly TestAgent _agent = new();

    public void Dispose() => _agent.Dispose();

    [Fact]
    public void All_the_matches_of_a_list_share_one_budget()
    {
        for (var i = 0; i < 100; i++) _agent.Measure($"/opt/{i}", Digest);
        var time = new SlowTime(ExpressionBudget.Limit / 5);

        var result = Appraise(PolicyOf("/tmp(?!/)"), time);

        Assert.Equal(5, time.Matches);
        Assert.Equal(["/opt/0", "/opt/1", "/opt/2", "/opt/3", null], result.Failures.Select(failure => failure.Path));
        var failure = result.Failures[^1];
        Assert.Equal(("ima.validation.expressions_too_slow", "$.excludes[0]"), (failure.EventId, failure.Member));
        Assert.Equal("The IMA list cannot be judged: the expressions of the policy take too long, and were given up at $.excludes[0]", failure.Detail);
        Assert.Equal(Verdict.Rejected, result.Verdict);
        // All has to be seen again, when there is another policy.
        Assert.Null(result.NextState.Ima);
    }

    [Fact]
    public void A_list_that_stays_within_it_is_judged_to_its_end()
    {
        for (var i = 0; i < 100; i++) _agent.Measure($"/tmp{i}", Digest);
        var time = new SlowTime(ExpressionBudget.Limit / 101);
        Assert.Equal(Verdict.Trusted, Appraise(PolicyOf("/tmp(?!/)"), time).Verdict);
        Assert.Equal(100, time.Matches);
    }

    [Fact]
    public void Every_appraisal_has_its_own()
    {
        _agent.Measure("/tmp/0", Digest);
        var (policy, time) = (PolicyOf("/(?=tmp)"), new SlowTime(ExpressionBudget.Limit * 0.7));
        for (var i = 0; i < 3; i++) Assert.Equal(Verdict.Trusted, Appraise(policy, time).Verdict);
    }

    [Theory]
    [InlineData(0, "$.excludes[0]")]
    [InlineData(1, "$.excludes[2]")]
    public void The_expression_that_spends_the_last_of_it_is_named(int slow, string member)
    {
        for (var i = 0; i < 10; i++) _agent.Measure($"/opt/{i}", Digest);
        var time = new SlowTime([.. Enumerable.Range(0, 20).Select(match => match % 2 == slow ? ExpressionBudget.Limit / 5 : TimeSpan.Zero)]);
        Assert.Equal(member, Appraise(PolicyOf("/c(?=d)", "/e", "/f(?!g)"), time).Failures[^1].Member);
    }

    [Fact]
    public void A_match_that_cannot_be_decided_ends_the_rest_at_once()
    {
        for (var i = 0; i < 10; i++) _agent.Measure($"/{new string('a', 60)}{i}!", Digest);
        Assert.Equal([null], Appraise(PolicyOf("/(?!q)(a+)+$"), TimeProvider.System).Failures.Select(failure => failure.Path));
    }

    [Fact]
    public void A_pause_of_the_process_amid_a_match_fails_nobody()
    {
        for (var i = 0; i < 10; i++) _agent.Measure($"/tmp{i}", Digest);
        var time = new SlowTime([TimeSpan.FromHours(1), .. Enumerable.Repeat(TimeSpan.Zero, 9)]);
        Assert.Equal(Verdict.Trusted, Appraise(PolicyOf("/tmp(?!/)"), time).Verdict);
    }

    [Fact]
    public void Expressions_that_are_linear_in_the_path_cost_nothing_of_it()
    {
        for (var i = 0; i < 10; i++) _agent.Measure($"/tmp{i}", Digest);
        var time = new SlowTime(ExpressionBudget.Limit);
        Assert.Equal(Verdict.Trusted, Appraise(PolicyOf("/(t|m|p)+"), time).Verdict);
        Assert.Equal(0, time.Matches);
    }

    [Fact]
    public void Files_that_are_listed_cost_nothing_of_it()
    {
        _agent.Measure("/bin/a", Digest);
        var time = new SlowTime(ExpressionBudget.Limit);
        Assert.Equal(Verdict.Trusted, Appraise(PolicyOf("/tmp(?!/)"), time).Verdict);
        Assert.Equal(0, time.Matches);
    }

    [Theory]
    [InlineData("aa", true)]
    [InlineData("a+|b", true)]
    [InlineData("(a+)+", true)]
    [InlineData("b", false)]
    [InlineData("(?=a)aa", false)]
    [InlineData(@"(a)\1", false)]
    [InlineData("(a{1,1000}c?){1,1000}", false)]
    public void Where_nobody_counts_the_time_only_expressions_with_a_linear_form_match(string python, bool isMatch)
    {
        Assert.True(PolicyExpression.TryCompile(python, "$", out var expression));
        Assert.Equal(isMatch, expression.IsMatchAtOnce("aa"));
    }

    [Theory]
    [InlineData("a-b c", "a-b c", true)]
    [InlineData("a-b c", "a-b c ", false)]
    [InlineData("a-b c", "A-b c", false)]
    [InlineData("a.c", "abc", true)]
    [InlineData("a|b", "ab", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a$", "a\n", false)]
    public void Expressions_are_for_the_whole_of_a_text(string python, string text, bool isMatch)
    {
        Assert.True(PolicyExpression.TryCompile(python, "$", out var expression));
        Assert.Equal(isMatch, expression.IsMatch(text));
    }

    private AttestationResult Appraise(RuntimePolicy policy, TimeProvider time) =>
        Appraiser.Appraise(_agent.Attest(Nonce), _agent.Policy(runtimePolicy: policy), AppraisalState.Initial, Encoding.UTF8.GetBytes(Nonce), time);

    private static RuntimePolicy PolicyOf(params string[] excludes)
    {
        var text = $$"""
            {"meta":{"version":1,"generator":0},"release":0,"digests":{"/bin/a":["{{Digest}}"]},"excludes":{{JsonSerializer.Serialize(excludes)}},"keyrings":{},
             "ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}
            """;
        Assert.True(RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(text), out var policy, out var fault), fault?.ToString());
        return policy;
    }
}
