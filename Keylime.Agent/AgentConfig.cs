using System.Globalization;
using System.Net;
using System.Text;
using Keylime.Agent.Identity;
using Keylime.Agent.Payload;
using Keylime.Agent.Privileges;
using Keylime.Agent.Registration;
using Keylime.Agent.Revocation;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Agent;

/// <summary>The agent's options, with Keylime's names and defaults (Rust agent, section <c>[agent]</c>).</summary>
internal sealed record AgentConfig
{
    public required string WorkFolder { get; init; }

    /// <summary><c>uuid</c>.</summary>
    public required string Uuid { get; init; }

    /// <summary><c>contact_ip</c>, <c>contact_port</c>: where the verifier finds this agent.</summary>
    public required string ContactAddress { get; init; }
    public required int ContactPort { get; init; }

    /// <summary><c>enable_agent_mtls</c>. Without it everything is plain HTTP.</summary>
    public required bool MutualTls { get; init; }

    /// <summary><c>api_versions</c>, lowest first.</summary>
    public required IReadOnlyList<ApiVersion> ApiVersions { get; init; }

    public required TpmAlgorithms Algorithms { get; init; }

    /// <summary><c>ek_handle</c>: a persistent endorsement key; null makes one from the TCG's template.</summary>
    public required uint? EndorsementKeyHandle { get; init; }

    /// <summary><c>tpm_ownerpassword</c>: authorisation of the endorsement hierarchy.</summary>
    public required byte[] EndorsementPassword { get; init; }

    /// <summary><c>ip</c>, <c>port</c>: where the agent listens.</summary>
    public required IPAddress ListenAddress { get; init; }
    public required int ListenPort { get; init; }

    /// <summary><c>trusted_client_ca</c>: whose certificates verifiers and tenants must have; read only where <see cref="MutualTls"/> is on.</summary>
    public required CertificateTrust Clients { get; init; }

    /// <summary><c>agent_data_path</c>.</summary>
    public required string DataPath { get; init; }

    public required string ServerKeyPath { get; init; }
    public required string ServerKeyPassword { get; init; }
    public required string ServerCertificatePath { get; init; }
    public required string PayloadKeyPath { get; init; }
    public required string PayloadKeyPassword { get; init; }

    /// <summary><c>ima_ml_path</c>.</summary>
    public required string ImaListPath { get; init; }

    /// <summary><c>measuredboot_ml_path</c>.</summary>
    public required string BootLogPath { get; init; }

    /// <summary><c>run_as</c>: <c>user:group</c>, or empty to stay who we are. Not set: the account that Keylime's packages make, where there is one.</summary>
    public required string RunAs { get; init; }

    /// <summary><c>secure_size</c>: size of the folder in memory.</summary>
    public required string SecureSize { get; init; }

    public required RegistrationOptions Registration { get; init; }
    public required PayloadOptions Payload { get; init; }
    public required RevocationOptions Revocation { get; init; }

    /// <summary>Folder for payloads and their keys.</summary>
    public string SecureFolder => Path.Combine(WorkFolder, "secure");

    /// <exception cref="ConfigurationException">An option has a value that the agent cannot work with.</exception>
    public static AgentConfig Read(KeylimeSettings settings)
    {
        var paths = new OptionPaths(settings);
        var contactPort = settings.GetInteger("contact_port", 9002, 1, 65535);
        var config = new AgentConfig
        {
            WorkFolder = settings.WorkDirectory,
            Uuid = settings.GetText("uuid", AgentIdChoice.Default),
            ContactAddress = settings.GetText("contact_ip", "127.0.0.1"),
            ContactPort = contactPort,
            MutualTls = settings.GetBoolean("enable_agent_mtls", true),
            ApiVersions = ReadVersions(settings),
            Algorithms = TpmAlgorithms.Read(settings),
            EndorsementKeyHandle = ReadHandle(settings),
            EndorsementPassword = ReadPassword(settings),
            ListenAddress = settings.GetAddress("ip", IPAddress.Loopback),
            ListenPort = settings.GetPort("port", 9002),
            Clients = settings.GetBoolean("enable_agent_mtls", true) ? ReadClients(settings, paths) : CertificateTrust.Nobody,
            DataPath = paths.Get("agent_data_path", "agent_data.json"),
            ServerKeyPath = paths.Get("server_key", "server-private.pem"),
            ServerKeyPassword = settings.GetText("server_key_password", ""),
            ServerCertificatePath = paths.Get("server_cert", "server-cert.crt"),
            PayloadKeyPath = paths.Get("payload_key", "payload-private.pem"),
            PayloadKeyPassword = settings.GetText("payload_key_password", ""),
            ImaListPath = paths.Get("ima_ml_path", "/sys/kernel/security/ima/ascii_runtime_measurements"),
            BootLogPath = paths.Get("measuredboot_ml_path", "/sys/kernel/security/tpm0/binary_bios_measurements"),
            RunAs = settings.GetText("run_as", UnixAccount.IsRoot && UnixAccount.Exists(UnixAccount.Default) ? UnixAccount.Default : ""),
            SecureSize = settings.GetText("secure_size", "1m"),
            Registration = RegistrationOptions.Read(settings, paths),
            Payload = ReadPayload(settings),
            Revocation = ReadRevocation(settings, paths),
        };
        if (settings.GetBoolean("enable_iak_idevid", false)) throw settings.Refuse("enable_iak_idevid", "must be false: device identities (IAK, IDevID) are not supported yet");
        if (!config.Payload.Run && config.Payload.Script.Length > 0)
            throw settings.Refuse("enable_insecure_payload", "must be true where enable_agent_mtls is false and payload_script is not empty");
        return config;
    }

    private static ApiVersion[] ReadVersions(KeylimeSettings settings)
    {
        switch (settings.GetText("api_versions", "default"))
        {
            case "default": return [.. ApiVersion.AgentSupported];
            case "latest": return [ApiVersion.AgentSupported[^1]];
        }
        var wanted = settings.GetList("api_versions", []);
        var known = ApiVersion.AgentSupported.Where(version => wanted.Contains(version.ToString())).ToArray();
        return known.Length > 0 ? known : throw settings.Refuse("api_versions", $"must name some of {string.Join(", ", ApiVersion.AgentSupported)}");
    }

    private static CertificateTrust ReadClients(KeylimeSettings settings, OptionPaths paths) =>
        CertificateTrust.In(settings.GetList("trusted_client_ca", ["default"]).SelectMany(file => CertificateFiles.ReadCertificates(paths.Resolve(file, "cv_ca/cacert.crt"))));

    private static uint? ReadHandle(KeylimeSettings settings)
    {
        var text = settings.GetText("ek_handle", "generate");
        if (text is "" or "generate") return null;
        var digits = text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text;
        return uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var handle) && handle >> 24 == 0x81
            ? handle
            : throw settings.Refuse("ek_handle", "must be generate, or a persistent handle in hex such as 0x81010001");
    }

    private static byte[] ReadPassword(KeylimeSettings settings)
    {
        var text = settings.GetText("tpm_ownerpassword", "");
        const string hex = "hex:";
        if (!text.StartsWith(hex, StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(text);
        try { return Convert.FromHexString(text[hex.Length..]); }
        catch (FormatException) { throw settings.Refuse("tpm_ownerpassword", "must be hex digits after hex:"); }
    }

    private static PayloadOptions ReadPayload(KeylimeSettings settings) => new(
        Path.Combine(settings.WorkDirectory, "secure"),
        ReadName(settings, "enc_keyname", "derived_tci_key"),
        ReadName(settings, "dec_payload_file", "decrypted_payload"),
        settings.GetBoolean("extract_payload_zip", true),
        settings.GetText("payload_script", "autorun.sh") is "" ? "" : ReadName(settings, "payload_script", "autorun.sh"),
        Run: settings.GetBoolean("enable_agent_mtls", true) || settings.GetBoolean("enable_insecure_payload", false));

    private static string ReadName(KeylimeSettings settings, string option, string fallback) =>
        settings.GetText(option, fallback) is var name && PlainName.Is(name) ? name : throw settings.Refuse(option, "must be a file name without a folder");

    private static RevocationOptions ReadRevocation(KeylimeSettings settings, OptionPaths paths) => new(
        paths.Get("revocation_cert", "secure/unzipped/RevocationNotifier-cert.crt"),
        settings.GetList("revocation_actions", []),
        settings.GetText("revocation_actions_dir", "/usr/libexec/keylime"),
        settings.GetBoolean("allow_payload_revocation_actions", true),
        settings.WorkDirectory);
}
