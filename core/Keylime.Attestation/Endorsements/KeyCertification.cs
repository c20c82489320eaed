using System.Security.Cryptography;
using System.Text;
using Keylime.Protocol;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Endorsements;

/// <summary>An IAK's word that an attestation key is in the same TPM: the answer to TPM2_Certify.</summary>
/// <remarks>TPM 2.0 Part 3, TPM2_Certify (18.2).</remarks>
public static class KeyCertification
{
    private const ObjectAttributes Attesting = ObjectAttributes.Sign | ObjectAttributes.Restricted | ObjectAttributes.FixedTpm;

    /// <summary>Makes every check; of the evidence first the signature: what nobody signed is not parsed any further.</summary>
    /// <param name="attest">TPMS_ATTEST (Keylime: <c>iak_attest</c>).</param>
    /// <param name="signature">TPMT_SIGNATURE (Keylime: <c>iak_sign</c>).</param>
    /// <param name="iak">The key that certifies. That a maker vouches for it is another check: <see cref="DeviceIdentityCertificate"/>.</param>
    /// <param name="ak">The attestation key.</param>
    /// <param name="agent">The agent that it was made for.</param>
    /// <param name="fault">The first check that failed.</param>
    public static bool Verify(ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature, PublicArea iak, PublicArea ak, AgentId agent, out CertificationFault fault)
    {
        if (!MayAttest(iak) || !AttestationKey.TryCreate(iak, out var key)) return Fail(CertificationCheck.CertifyingKey, default, out fault);
        using (key)
        {
            if (!MayAttest(ak)) return Fail(CertificationCheck.CertifiedKey, default, out fault);
            if (!Signature.TryParse(signature, out var signed, out var error)) return Fail(CertificationCheck.SignatureStructure, error, out fault);
            if (!key.Verify(signed, attest)) return Fail(CertificationCheck.Signature, default, out fault);
            if (!Attest.TryParse(attest, out var statement, out error)) return Fail(CertificationCheck.AttestStructure, error, out fault);
            if (statement.Certify is not { } certified) return Fail(CertificationCheck.AttestStructure, new(ParseFault.BadType, 6), out fault);
            if (!IsFor(agent, statement.QualifyingData.Span)) return Fail(CertificationCheck.QualifyingData, default, out fault);
            if (!certified.Name.Span.SequenceEqual(ak.ComputeName())) return Fail(CertificationCheck.Name, default, out fault);
        }
        fault = default;
        return true;
    }

    private static bool MayAttest(PublicArea key) => (key.Attributes & Attesting) == Attesting && !key.Attributes.HasFlag(ObjectAttributes.Decrypt);

    /// <summary>Since API version 2.6 the hash of the id, before the id itself.</summary>
    private static bool IsFor(AgentId agent, ReadOnlySpan<byte> qualifyingData)
    {
        var id = Encoding.UTF8.GetBytes(agent.Value);
        return qualifyingData.SequenceEqual(SHA256.HashData(id)) || qualifyingData.SequenceEqual(id);
    }

    private static bool Fail(CertificationCheck check, ParseError error, out CertificationFault fault)
    {
        fault = new(check, error);
        return false;
    }
}
