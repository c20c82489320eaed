using Keylime.Attestation.Policies;

namespace Keylime.Attestation.Tests.Policies;

public class TpmPolicyTests
{
    [Fact]
    public void Reads_pins_and_mask()
    {
        var value = new string('A', 64);
        Assert.True(TpmPolicy.TryParse($$"""{"22":["{{value}}","{{new string('0', 40)}}"],"15":"{{value}}","mask":"0x408000"}""", out var policy, out _));

        Assert.Equal((0x408000u, "0x408000"), (policy.Mask, policy.MaskText));
        Assert.Equal([15, 22], policy.PinnedPcrs);
        Assert.True(policy.Accepts(22, Convert.FromHexString(value)));
        Assert.True(policy.Accepts(22, new byte[20]));
        Assert.False(policy.Accepts(15, new byte[20]));
        Assert.False(policy.Accepts(1, new byte[20]));
    }

    [Theory]
    [InlineData("", 0u, "0x0")]
    [InlineData("{}", 0u, "0x0")]
    [InlineData("""{"mask":"400"}""", 0x400u, "400")]
    [InlineData("""{"3":"0000000000000000000000000000000000000000"}""", 8u, "0x8")]
    public void Derives_the_mask_when_none_is_written(string text, uint mask, string maskText)
    {
        Assert.True(TpmPolicy.TryParse(text, out var policy, out var fault), fault?.ToString());
        Assert.Equal((mask, maskText), (policy.Mask, policy.MaskText));
    }

    [Theory]
    [InlineData("[]", "$")]
    [InlineData("{", "$")]
    [InlineData("""{"mask":1}""", "$.mask")]
    [InlineData("""{"mask":"0x1000000"}""", "$.mask")]
    [InlineData("""{"mask":"-1"}""", "$.mask")]
    [InlineData("""{"mask":"0x400\u0000"}""", "$.mask")]
    [InlineData("""{"3\u0000":["0000000000000000000000000000000000000000"]}""", "$['3\uFFFD']")]
    [InlineData("""{"10":["0000000000000000000000000000000000000000"]}""", "$['10']")]
    [InlineData("""{"16":["0000000000000000000000000000000000000000"]}""", "$['16']")]
    [InlineData("""{"24":["0000000000000000000000000000000000000000"]}""", "$['24']")]
    [InlineData("""{"x":["00"]}""", "$['x']")]
    [InlineData("""{"1":[]}""", "$['1']")]
    [InlineData("""{"mask":"0x1","mask":"0x400"}""", "$.mask")]
    [InlineData("""{"1":["0000000000000000000000000000000000000000"],"01":["0000000000000000000000000000000000000000"]}""", "$['01']")]
    [InlineData("""{"1":{}}""", "$['1']")]
    [InlineData("""{"1":["00"]}""", "$['1'][0]")]
    [InlineData("""{"1":[null]}""", "$['1'][0]")]
    public void Says_where_a_policy_is_wrong(string text, string path)
    {
        Assert.False(TpmPolicy.TryParse(text, out _, out var fault));
        Assert.Equal(path, fault.Path);
    }
}
