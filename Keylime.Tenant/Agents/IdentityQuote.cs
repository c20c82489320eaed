using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation;
using Keylime.Attestation.Policies;
using Keylime.Attestation.Quotes;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tenant.Connections;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Agents;

/// <summary>Proof that the agent at the other end holds the registered TPM, and which payload key is that machine's.</summary>
internal sealed class IdentityQuote(TenantSession session)
{
    private const int DataPcr = 16;
    private const string NonceAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>20 random letters and digits.</summary>
    public static string NewNonce() => RandomNumberGenerator.GetString(NonceAlphabet, 20);

    /// <summary>Asks until the agent answers, and checks the answer once.</summary>
    /// <returns>PEM of the payload key that the quote binds.</returns>
    public async Task<string> VerifyAsync(AgentId id, RegistrarAgentResponse registration, AgentClient agent, ApiVersion version, CancellationToken ct)
    {
        var retries = session.Config.Retries;
        for (var failures = 1; ; failures++)
        {
            var nonce = NewNonce();
            var answer = await agent.GetIdentityQuoteAsync(version, nonce, ct);
            if (answer.IsGood) return Check(id, registration, answer.Value, nonce);
            if (failures > retries.MaxRetries) throw new UserErrorException($"Agent {id} gives no identity quote: {answer}");
            var pause = retries.PauseAfter(failures);
            session.Log.WriteLine($"Agent {id} gives no identity quote ({answer}), try {failures} of {retries.MaxRetries}, again in {pause.TotalSeconds:0.#} s");
            await Task.Delay(pause, session.Time, ct);
        }
    }

    private string Check(AgentId id, RegistrarAgentResponse registration, QuoteResponse response, string nonce)
    {
        if (!Attestation.Evidence.TryRead(response, out var evidence, out var failure)) throw Refuse(id, failure.Detail);
        if (evidence.PayloadPublicKey is not { } publicKey) throw Refuse(id, "it has no public key");
        var accepted = CheckAlgorithms(id, evidence);
        using var key = AttestationKeyOf(id, registration);
        if (!VerifiedQuote.TryVerify(evidence.Attest.Span, evidence.Signature.Span, evidence.Pcrs.Span, key, Encoding.UTF8.GetBytes(nonce), out var quote, out var fault))
            throw Refuse(id, fault.ToString());
        if (accepted.FindUnaccepted(quote) is var (member, name)) throw Refuse(id, $"{name}, which it uses as {member}, is not accepted");
        if (!TpmHash.TryParseHashName(evidence.HashAlgorithm, out var hash) || (hash != quote.Hash && hash != quote.Bank)) throw Refuse(id, $"it is signed with another hash than {evidence.HashAlgorithm}");
        // The agent extended PCR 16 with its payload key's text; without this, whoever stands between could hand us a key of its own.
        if (!quote.TryGetPcr(quote.Bank, DataPcr, out var bound)) throw Refuse(id, $"it shows no PCR 16; perhaps the TPM has no {evidence.HashAlgorithm} bank");
        if (!bound.Span.SequenceEqual(ExpectedPcr(quote.Bank, publicKey))) throw Refuse(id, "PCR 16 does not bind its public key");
        return publicKey;
    }

    private AcceptedAlgorithms CheckAlgorithms(AgentId id, Attestation.Evidence evidence)
    {
        var accepted = new AcceptedAlgorithms(session.Config.AcceptTpmHashAlgs, session.Config.AcceptTpmEncryptionAlgs, session.Config.AcceptTpmSigningAlgs);
        if (!accepted.AcceptsHash(evidence.HashAlgorithm)) throw Refuse(id, $"hash algorithm {evidence.HashAlgorithm} is not accepted");
        if (!accepted.AcceptsEncryption(evidence.EncryptionAlgorithm)) throw Refuse(id, $"encryption algorithm {evidence.EncryptionAlgorithm} is not accepted");
        if (!accepted.AcceptsSigning(evidence.SigningAlgorithm)) throw Refuse(id, $"signing algorithm {evidence.SigningAlgorithm} is not accepted");
        return accepted;
    }

    private static AttestationKey AttestationKeyOf(AgentId id, RegistrarAgentResponse registration)
    {
        var bytes = new byte[(registration.AikTpm?.Length ?? 0) / 4 * 3 + 3];
        return registration.AikTpm is { } text && Convert.TryFromBase64String(text, bytes, out var length)
            && PublicArea.TryParseSized(bytes.AsSpan(0, length), out var area, out _) && AttestationKey.TryCreate(area, out var key)
            ? key
            : throw new UserErrorException($"Agent {id}: the registrar's aik_tpm is malformed");
    }

    private static byte[] ExpectedPcr(TpmAlgorithm hash, string publicKey)
    {
        var pcr = new byte[hash.DigestBytes()];
        hash.Extend(pcr, hash.HashData(Encoding.UTF8.GetBytes(publicKey)));
        return pcr;
    }

    private static UserErrorException Refuse(AgentId id, string reason) => new($"Agent {id}: the identity quote is not accepted: {reason}");
}
