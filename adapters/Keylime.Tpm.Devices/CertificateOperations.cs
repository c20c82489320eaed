using System.Formats.Asn1;
using Keylime.Tpm.Commands;
using Keylime.Tpm.Credentials;

namespace Keylime.Tpm.Devices;

/// <summary>Reads endorsement key certificates from NV memory.</summary>
internal static class CertificateOperations
{
    private const int MaxChainBytes = 16 * 1024;

    /// <summary>DER certificates: the key's own, then those above it in the order in which they are stored. Empty when the TPM has
    /// none.</summary>
    public static async Task<IReadOnlyList<byte[]>> ReadCertificatesAsync(
        this TpmBatch batch, EndorsementKeyTemplate template, Authorization owner, CancellationToken cancellation)
    {
        var found = await batch.ExecuteAsync(
            new GetCapabilityCommand(TpmCapability.Handles, template.CertificateIndex, 1), cancellation);
        if (found.Values is not [var first] || first.Key != template.CertificateIndex) return [];
        var certificates = SplitCertificates(await batch.ReadNvAsync(template.CertificateIndex, owner, cancellation)).Take(1).ToList();
        if (certificates.Count == 0) return [];

        // A chain may be longer than one index: the contents of all of them, joined, are the certificates.
        var chain = new List<byte>();
        var indices = await batch.ExecuteAsync(
            new GetCapabilityCommand(TpmCapability.Handles, EndorsementKeyTemplate.FirstChainIndex, 254), cancellation);
        foreach (var (index, _) in indices.Values)
            if (index <= EndorsementKeyTemplate.LastChainIndex && chain.Count < MaxChainBytes)
                chain.AddRange(await batch.ReadNvAsync(index, owner, cancellation));
        certificates.AddRange(SplitCertificates([.. chain]));
        return certificates;
    }

    /// <summary>The DER sequences at the start of some bytes; manufacturers fill the rest of an index with 00 or FF.</summary>
    internal static IEnumerable<byte[]> SplitCertificates(byte[] bytes)
    {
        for (var offset = 0; offset < bytes.Length;)
        {
            var rest = bytes.AsSpan(offset);
            if (!AsnDecoder.TryReadEncodedValue(rest, AsnEncodingRules.DER, out var tag, out _, out _, out var consumed)
                || tag != Asn1Tag.Sequence) yield break;
            yield return rest[..consumed].ToArray();
            offset += consumed;
        }
    }

    private static async Task<byte[]> ReadNvAsync(this TpmBatch batch, uint index, Authorization owner, CancellationToken cancellation)
    {
        var area = await batch.ExecuteAsync(new NvReadPublicCommand(index), cancellation);
        if (!area.IsWritten) return [];
        var (handle, authorization) = area.AllowsAuthRead ? (index, Authorization.Password()) : (TpmHandle.Owner, owner);
        var contents = new byte[area.DataBytes];
        for (var offset = 0; offset < contents.Length;)
        {
            var length = (ushort)Math.Min(contents.Length - offset, NvReadCommand.SafeChunkBytes);
            var chunk = await batch.ExecuteAsync(new NvReadCommand(handle, authorization, index, (ushort)offset, length), cancellation);
            if (chunk.Data.Length != length)
                throw new TpmUnavailableException($"The TPM gave {chunk.Data.Length} of {length} bytes of NV 0x{index:X8}");
            chunk.Data.CopyTo(contents.AsMemory(offset));
            offset += length;
        }
        return contents;
    }
}
