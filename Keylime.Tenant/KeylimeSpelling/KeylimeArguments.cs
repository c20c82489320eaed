using System.CommandLine;
using System.Globalization;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>The options of <c>keylime_tenant</c>, letter for letter.</summary>
internal sealed class KeylimeArguments
{
    public Option<string> Command { get; } = new("-c", "--command") { Description = "Command; default: add", DefaultValueFactory = _ => "add" };
    public Option<bool> PushModel { get; } = new("--push-model") { Description = "Do not contact the agent" };
    public Option<string?> TargetHost { get; } = new("-t", "--targethost") { Description = "Address of the agent; default: as registered" };
    public Option<int?> TargetPort { get; } = Port("-tp", "--targetport", "Port of the agent");
    public Option<string?> RegistrarHost { get; } = new("-r", "--registrarhost") { Description = "Address of the registrar" };
    public Option<int?> RegistrarPort { get; } = Port("-rp", "--registrarport", "Port of the registrar");
    public Option<string?> CvTargetHost { get; } = new("--cv_targethost") { Description = "Address of the agent for the verifier, if different" };
    public Option<string?> Verifier { get; } = new("-v", "--cv") { Description = "Address of the verifier" };
    public Option<int?> VerifierPort { get; } = Port("-vp", "--cvport", "Port of the verifier");
    public Option<string?> VerifierId { get; } = new("-vi", "--cvid") { Description = "Id of the verifier; filters lists" };
    public Option<bool> NoVerifierCheck { get; } = new("-nvc", "--no-verifier-check") { Description = "delete, reactivate: do not look the agent up first" };
    public Option<string?> Uuid { get; } = new("-u", "--uuid") { Description = "Id of the agent" };
    public Option<string?> File { get; } = new("-f", "--file") { Description = "File to deliver to the agent" };
    public Option<string?> Cert { get; } = new("--cert") { Description = "Deliver a certificate package by the authority in this folder, or 'default'" };
    public Option<string?> Key { get; } = new("-k", "--key") { Description = "Key file of keylime_userdata_encrypt" };
    public Option<string?> Payload { get; } = new("-p", "--payload") { Description = "Payload that was encrypted with -k" };
    public Option<string?> Include { get; } = new("--include") { Description = "Folder of files to add to the --cert package" };
    public Option<string?> RuntimePolicy { get; } = new("--runtime-policy") { Description = "File of a runtime policy" };
    public Option<string?> RuntimePolicyName { get; } = new("--runtime-policy-name") { Description = "Name of a runtime policy" };
    public Option<string?> RuntimePolicyChecksum { get; } = new("--runtime-policy-checksum") { Description = "SHA-256 of the runtime policy" };
    public Option<string?> RuntimePolicySigKey { get; } = new("--runtime-policy-sig-key") { Description = "Public key that signed the runtime policy" };
    public Option<string?> RuntimePolicyUrl { get; } = new("--runtime-policy-url") { Description = "Address of a runtime policy" };
    public Option<string?> Allowlist { get; } = new("--allowlist") { Description = "Deprecated: file of an allow list" };
    public Option<string?> AllowlistUrl { get; } = new("--allowlist-url") { Description = "Deprecated: address of an allow list" };
    public Option<string?> AllowlistName { get; } = new("--allowlist-name") { Description = "Deprecated: as --runtime-policy-name" };
    public Option<string?> Exclude { get; } = new("--exclude") { Description = "Deprecated: file of an exclude list" };
    public Option<string[]> VerificationKey { get; } = new("--signature-verification-key", "--sign_verification_key") { Description = "Deprecated: key that signs files for IMA; repeatable" };
    public Option<string?> MbPolicy { get; } = new("--mb-policy", "--mb_refstate") { Description = "File of a measured-boot reference state, or 'default'" };
    public Option<string?> MbPolicyName { get; } = new("--mb-policy-name") { Description = "Name of a measured-boot policy" };
    public Option<string?> TpmPolicy { get; } = new("--tpm_policy") { Description = "TPM policy in JSON: {\"15\":\"<hex>\"}" };
    public Option<bool> Verify { get; } = new("--verify") { Description = "Wait until the agent proves that it has the payload's key" };
    public Option<string?> AgentApiVersion { get; } = new("--agent-api-version", "--supported-version") { Description = "API version of the agent; detected by default" };

    // Their signatures are GPG's, which .NET cannot verify; saying so is better than accepting keys unverified.
    public IReadOnlyList<Option<string[]>> Unsupported { get; } =
    [
        new("--signature-verification-key-sig") { Hidden = true }, new("--signature-verification-key-sig-key") { Hidden = true }, new("--signature-verification-key-url") { Hidden = true },
        new("--signature-verification-key-sig-url") { Hidden = true }, new("--signature-verification-key-sig-url-key") { Hidden = true },
    ];

    public RootCommand ToCommand()
    {
        var command = new RootCommand($"Keylime's spelling of the tenant. Commands: {string.Join(", ", KeylimeCommands.Names)}");
        foreach (var option in (Option[])[Command, PushModel, TargetHost, TargetPort, RegistrarHost, RegistrarPort, CvTargetHost, Verifier, VerifierPort, VerifierId, NoVerifierCheck, Uuid,
            File, Cert, Key, Payload, Include, RuntimePolicy, RuntimePolicyName, RuntimePolicyChecksum, RuntimePolicySigKey, RuntimePolicyUrl, Allowlist, AllowlistUrl, AllowlistName, Exclude,
            VerificationKey, MbPolicy, MbPolicyName, TpmPolicy, Verify, AgentApiVersion, .. Unsupported])
        {
            if (option.ValueType != typeof(bool)) option.HelpName ??= "VALUE";
            command.Options.Add(option);
        }
        return command;
    }

    private static Option<int?> Port(string alias, string name, string description) => new(alias, name)
    {
        Description = description,
        HelpName = "PORT",
        CustomParser = argument =>
        {
            if (int.TryParse(argument.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535) return port;
            argument.AddError($"argument {alias}/{name}: invalid port: '{argument.Tokens[0].Value}'");
            return null;
        },
    };
}
