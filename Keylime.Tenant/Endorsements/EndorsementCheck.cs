using System.Diagnostics;
using Keylime.Attestation.Endorsements;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tenant.Connections;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Endorsements;

/// <summary>Makes sure that the agent's TPM is one that a trusted manufacturer made, before anything is entrusted to it.</summary>
/// <remarks>Done for agents of the push model as well, from the registrar's data, where Keylime's tenant checks nothing.</remarks>
internal sealed class EndorsementCheck(TenantSession session)
{
    private readonly Lazy<IReadOnlyList<Certificate>> _trusted = new(() => CertificateStore.Read(session.Config.TpmCertStore));

    public async Task VerifyAsync(AgentId id, RegistrarAgentResponse registration, CancellationToken ct)
    {
        var config = session.Config;
        if (config.RequireEkCert) VerifyCertificate(id, registration);
        if (config.EkCheckScript.Length > 0) await RunScriptAsync(id, registration, ct);
        if (!config.RequireEkCert && config.EkCheckScript.Length == 0)
            session.Log.WriteLine($"WARNING: agent {id}: the endorsement key is not checked (require_ek_cert is off, ek_check_script is empty); any software TPM would pass");
    }

    private void VerifyCertificate(AgentId id, RegistrarAgentResponse registration)
    {
        if (string.IsNullOrEmpty(registration.EkCert)) throw new UserErrorException($"Agent {id} registered no EK certificate, and require_ek_cert is on");
        if (!TryDecode(registration.EkCert, out var der) || !Certificate.TryParse(der, out var certificate)) throw new UserErrorException($"Agent {id}: the EK certificate is malformed");
        using var read = certificate;
        var result = EndorsementKeyCertificate.Verify(certificate, EndorsementKey(id, registration), [.. _trusted.Value], [], session.Time.GetUtcNow());
        if (!result.IsGood) throw new UserErrorException($"Agent {id}: the EK certificate is not trusted by {session.Config.TpmCertStore}: {result.Fault.Describe()} ({result.Subject})");
    }

    private static PublicArea EndorsementKey(AgentId id, RegistrarAgentResponse registration) =>
        TryDecode(registration.EkTpm, out var bytes) && PublicArea.TryParseSized(bytes, out var area, out _)
            ? area
            : throw new UserErrorException($"Agent {id}: the registrar's ek_tpm is malformed");

    private async Task RunScriptAsync(AgentId id, RegistrarAgentResponse registration, CancellationToken ct)
    {
        var start = new ProcessStartInfo(session.Config.EkCheckScript) { UseShellExecute = false, WorkingDirectory = Path.GetDirectoryName(session.Config.EkCheckScript) };
        start.Environment["AGENT_UUID"] = id.Value;
        start.Environment["EK"] = TryExportPem(registration);
        start.Environment["EK_TPM"] = registration.EkTpm ?? "";
        start.Environment["EK_CERT"] = registration.EkCert ?? "";
        start.Environment["PROVKEYS"] = "{}";
        start.Environment["TPM_CERT_STORE"] = session.Config.TpmCertStore;
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0) throw new UserErrorException($"Agent {id}: ek_check_script {session.Config.EkCheckScript} refused the endorsement key (exit code {process.ExitCode})");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new UserErrorException($"ek_check_script {session.Config.EkCheckScript} cannot be run: {e.Message}", e);
        }
    }

    private static string TryExportPem(RegistrarAgentResponse registration) =>
        TryDecode(registration.EkTpm, out var bytes) && PublicArea.TryParseSized(bytes, out var area, out _)
            ? System.Security.Cryptography.PemEncoding.WriteString("PUBLIC KEY", area.ExportSubjectPublicKeyInfo())
            : "";

    private static bool TryDecode(string? base64, out byte[] bytes)
    {
        bytes = new byte[(base64?.Length ?? 0) / 4 * 3 + 3];
        if (base64 is null || !Convert.TryFromBase64String(base64, bytes, out var length)) return false;
        Array.Resize(ref bytes, length);
        return true;
    }
}
