using Keylime.Agent.Payload;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Devices;

namespace Keylime.Agent.Registration;

/// <summary>Opens the registrar's challenge, which only the TPM that holds both keys can.</summary>
internal sealed class CredentialActivation(TpmDevice tpm, TpmAttestationKey key)
{
    /// <summary>The key of the answer's tag (see <see cref="AuthTag"/>); null when the challenge is malformed or was made for other keys.</summary>
    /// <exception cref="TpmUnavailableException">The TPM does not answer.</exception>
    public async Task<string?> OpenAsync(string? challenge, CancellationToken ct)
    {
        if (!Base64Text.TryDecode(challenge, out var bytes) || !CredentialBlob.TryParse(bytes, out var credential, out _)) return null;
        try { return AuthTag.KeyFromSecret(await tpm.ActivateCredentialAsync(key, credential, ct)); }
        catch (TpmCommandException) { return null; }
    }
}
