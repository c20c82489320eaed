using System.Diagnostics.CodeAnalysis;
using Keylime.Protocol.V2;

namespace Keylime.Attestation;

/// <summary>What an agent sent as proof, decoded from its transport and not judged yet. Borrows the arrays that it was made of.</summary>
public sealed record Evidence
{
    /// <summary>TPMS_ATTEST.</summary>
    public required ReadOnlyMemory<byte> Attest { get; init; }
    /// <summary>TPMT_SIGNATURE over <see cref="Attest"/>.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }
    /// <summary>PCR selection and values in tpm2-tools' serialized form, little-endian.</summary>
    public required ReadOnlyMemory<byte> Pcrs { get; init; }
    /// <summary>Hash algorithm that the agent says it uses: of the signature, or of the PCR bank.</summary>
    public required string HashAlgorithm { get; init; }
    /// <summary>Algorithm of the endorsement key, as the agent says.</summary>
    public required string EncryptionAlgorithm { get; init; }
    /// <summary>Signature scheme, as the agent says.</summary>
    public required string SigningAlgorithm { get; init; }
    /// <summary>Payload key in the agent's exact words (PEM), which PCR 16 binds; null when the answer leaves it out (<c>partial=1</c>).</summary>
    public string? PayloadPublicKey { get; init; }
    /// <summary>IMA list, UTF-8, in the kernel's text form; null when none was sent. Empty is legal: nothing new.</summary>
    public ReadOnlyMemory<byte>? ImaLog { get; init; }
    /// <summary>0-based number of the first entry of <see cref="ImaLog"/>.</summary>
    public long ImaFirstEntry { get; init; }
    /// <summary>Binary TCG event log; null when none was sent.</summary>
    public ReadOnlyMemory<byte>? BootLog { get; init; }
    /// <summary>When the machine booted, Unix seconds, as the agent says; 0 when it does not.</summary>
    public long BootTime { get; init; }

    /// <summary>Decodes a pull agent's answer. On failure the reason is a <c>qoute_validation.invalid_data</c> that names the member.</summary>
    public static bool TryRead(QuoteResponse response, [NotNullWhen(true)] out Evidence? evidence, [NotNullWhen(false)] out AttestationFailure? failure) =>
        EvidenceReader.TryRead(response, out evidence, out failure);
}
