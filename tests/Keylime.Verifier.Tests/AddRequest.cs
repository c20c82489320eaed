using System.Text;

namespace Keylime.Verifier.Tests;

/// <summary>Bodies of add requests, as the tenant writes them.</summary>
internal static class AddRequest
{
    /// <summary>An add request for a running agent; PCR 10 is in the mask when there is a policy. Members given replace those of the same name.</summary>
    public static Dictionary<string, object?> For(TestAgent agent, string? runtimePolicy, params (string Member, object? Value)[] members)
    {
        var body = Blank();
        body["ak_tpm"] = agent.AkTpm;
        body["mtls_cert"] = agent.Certificate.ExportCertificatePem();
        body["cloudagent_port"] = agent.Port;
        if (runtimePolicy is not null)
        {
            body["runtime_policy"] = Base64(runtimePolicy);
            body["tpm_policy"] = """{"mask":"0x400"}""";
        }
        foreach (var (member, value) in members) body[member] = value;
        return body;
    }

    /// <summary>A request that is good, for an agent that does not exist.</summary>
    public static Dictionary<string, object?> Blank(params (string Member, object? Value)[] members)
    {
        var body = new Dictionary<string, object?>
        {
            ["v"] = null,
            ["cloudagent_ip"] = "127.0.0.1",
            ["cloudagent_port"] = 9,
            ["verifier_ip"] = "10.0.0.1",
            ["verifier_port"] = 8881,
            ["tpm_policy"] = """{"mask":"0x0"}""",
            ["runtime_policy"] = "",
            ["runtime_policy_name"] = null,
            ["runtime_policy_key"] = "",
            ["mb_policy"] = null,
            ["mb_policy_name"] = null,
            ["ima_sign_verification_keys"] = "",
            ["metadata"] = "{}",
            ["revocation_key"] = "",
            ["accept_tpm_hash_algs"] = (string[])["sha256", "sha384"],
            ["accept_tpm_encryption_algs"] = (string[])["ecc", "rsa"],
            ["accept_tpm_signing_algs"] = (string[])["ecdsa", "rsassa"],
            ["ak_tpm"] = Samples.AkTpm,
            ["mtls_cert"] = Samples.Certificate,
            ["supported_version"] = "2.6",
        };
        foreach (var (member, value) in members) body[member] = value;
        return body;
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
