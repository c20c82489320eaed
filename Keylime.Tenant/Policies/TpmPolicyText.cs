using System.Globalization;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Policies;

/// <summary>A <c>tpm_policy</c> while the tenant completes its mask: the PCRs pinned, those of IMA, those of measured boot.</summary>
internal sealed class TpmPolicyText
{
    private readonly TpmPolicy _policy;
    private readonly uint _pinned;
    private uint _mask;

    private TpmPolicyText(TpmPolicy policy)
    {
        _policy = policy;
        _pinned = policy.PinnedPcrs.Aggregate(0u, (mask, pcr) => mask | (1u << pcr));
        _mask = policy.Mask | _pinned;
    }

    public static TpmPolicyText Parse(string text) => TpmPolicy.TryParse(text, out var policy, out var fault) ? new(policy) : throw new UserErrorException($"--tpm_policy: {fault}");

    /// <summary>Adds PCRs to the mask.</summary>
    public void Include(uint pcrs) => _mask |= pcrs;

    /// <summary>Adds PCRs to the mask that nothing else may pin.</summary>
    public void Reserve(uint pcrs, string purpose)
    {
        for (var pcr = 0; pcr < 24; pcr++)
            if ((pcrs & _pinned & (1u << pcr)) != 0)
                throw new UserErrorException($"PCR {pcr} is specified in \"tpm_policy\", but will in fact be used by {purpose}. Please remove it from policy");
        Include(pcrs);
    }

    /// <summary>Every PCR with a list of values in lower case, as Keylime's tenant sends them, however the text spelled them.</summary>
    public string ToJson()
    {
        var json = new JsonObject();
        foreach (var pcr in _policy.PinnedPcrs) json[pcr.ToString(CultureInfo.InvariantCulture)] = new JsonArray([.. _policy.Values(pcr).Select(value => JsonValue.Create(value))]);
        json["mask"] = $"0x{_mask:x}";
        return json.ToJsonString();
    }
}
