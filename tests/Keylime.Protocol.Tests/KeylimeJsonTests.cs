using System.Text.Json;
using Keylime.Protocol.V2;

namespace Keylime.Protocol.Tests;

public sealed class KeylimeJsonTests
{
    [Fact]
    public void Writes_an_empty_answer_with_all_three_members() =>
        Assert.Equal("""{"code":404,"status":"agent id not found","results":{}}""", JsonSerializer.Serialize(new Envelope<Nothing>(404, "agent id not found", new()), KeylimeJson.Default.EnvelopeNothing));

    [Fact]
    public void Leaves_out_what_a_quote_does_not_have() =>
        Assert.Equal("""{"code":200,"status":"Success","results":{"quote":"r","hash_alg":"sha256","enc_alg":"rsa","sign_alg":"rsassa"}}""",
            JsonSerializer.Serialize(new Envelope<QuoteResponse>(200, "Success", new() { Quote = "r", HashAlg = "sha256", EncAlg = "rsa", SignAlg = "rsassa" }), KeylimeJson.Default.EnvelopeQuoteResponse));

    [Fact]
    public void Writes_ids_of_the_verifier_in_lists_of_their_own() =>
        Assert.Equal("""{"code":200,"status":"Success","results":{"uuids":[["a"],["b"]]}}""",
            JsonSerializer.Serialize(new Envelope<VerifierAgentListResponse>(200, "Success", new([["a"], ["b"]])), KeylimeJson.Default.EnvelopeVerifierAgentListResponse));

    [Fact]
    public void Spells_policy_members_as_upstream_does() =>
        Assert.Equal("""{"code":200,"status":"Success","results":{"name":"p","tmp_policy":null,"runtime_policy":"{}"}}""",
            JsonSerializer.Serialize(new Envelope<RuntimePolicyResponse>(200, "Success", new("p", null, "{}")), KeylimeJson.Default.EnvelopeRuntimePolicyResponse));

    [Fact]
    public void Ignores_members_that_it_does_not_know()
    {
        var request = JsonSerializer.Deserialize("""{"auth_tag":"x","new":{"a":[1]}}""", KeylimeJson.Default.ActivateAgentRequest);
        Assert.Equal("x", request!.AuthTag);
    }

    // Python's tenant passes a port on as the text that the command line had.
    [Theory]
    [InlineData("""{"cloudagent_port":9002}""")]
    [InlineData("""{"cloudagent_port":"9002"}""")]
    public void Reads_numbers_that_come_as_text(string json) => Assert.Equal(9002, JsonSerializer.Deserialize(json, KeylimeJson.Default.AddAgentRequest)!.CloudagentPort);

    [Theory]
    [InlineData("""{"cloudagent_port":"x"}""")]
    [InlineData("""{"cloudagent_port":1.5}""")]
    [InlineData("""{"cloudagent_port":99999999999}""")]
    [InlineData("""{"v":1}""")]
    [InlineData("""{"accept_tpm_hash_algs":"sha256"}""")]
    public void Refuses_wrong_types(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, KeylimeJson.Default.AddAgentRequest));
}
