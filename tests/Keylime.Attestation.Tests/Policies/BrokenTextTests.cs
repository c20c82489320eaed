using System.Text;
using Keylime.Attestation.Ima;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;

namespace Keylime.Attestation.Tests.Policies;

/// <summary>JSON escapes can spell texts that are no texts: half a surrogate pair. JSON parsers let them pass, and whoever reads the text throws.</summary>
public class BrokenTextTests
{
    public static TheoryData<string> Texts() => [.. new[]
    {
        """{"HALF":"HALF"}""",
        """{"payloadType":"HALF","payload":"HALF","signatures":[{"sig":"HALF"}]}""",
        """{"mask":"HALF"}""",
        """{"15":["HALF"]}""",
        """{"pubkeys":["HALF"],"keyids":[1]}""",
        """{"hashes":{"HALF":["HALF"]},"meta":{"HALF":1}}""",
        """{"digests":{"/a":["HALF"]},"ima":{"log_hash_alg":"HALF"}}""",
        """{"scrtm_and_bios":[{"scrtm":{"HALF":"HALF"},"platform_firmware":[]}],"kernels":[{"kernel_cmdline":"HALF"}],"pk":[{"SignatureOwner":"HALF"}]}""",
        """{"meta":{"version":1,"generator":0},"release":0,"digests":{},"excludes":[],"keyrings":{},"ima":{"dm_policy":{"match_on":"HALF","rules":{"HALF":{}}}},"ima-buf":{},"verification-keys":""}""",
    }.Select(text => text.Replace("HALF", @"\ud800", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Texts))]
    public void No_parser_throws_at_half_a_surrogate_pair(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Assert.False(RuntimePolicy.TryCompile(utf8, out _, out _));
        Assert.False(RuntimePolicyConversion.TryConvert(utf8, "", out _, out _));
        Assert.False(TpmPolicy.TryParse(text, out _, out _));
        Assert.False(ImaKeyring.TryParse(text, out _, out _, out _));
        Assert.False(MeasuredBootPolicy.TryParse(text, MeasuredBootEngine.Example, out _, out _));
        Assert.False(DsseEnvelope.TryParse(utf8, out _, out _));
        _ = DsseEnvelope.IsEnvelope(utf8);
    }
}
