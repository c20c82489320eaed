using System.Security.Cryptography.X509Certificates;

namespace Keylime.Attestation.Endorsements;

/// <summary>Path from a certificate to one that the operator trusts.</summary>
/// <remarks>RFC 5280, section 6, as far as endorsements need it: names, signatures, validity, basic constraints, path length, key usage. Revocation is not
/// looked up. We walk the path ourselves because EK certificates carry critical extensions and key types that general validators refuse, and because any
/// certificate of the store is an anchor, not only self-signed ones: stores often hold just the issuing CA. An anchor's validity is not judged, as in RFC 5280,
/// 6.1.1 (d): makers' CAs expire while the TPMs that they vouched for are in use, and what the store holds is the operator's choice.</remarks>
public static class CertificateChain
{
    /// <summary>Most certificates of a path, both ends included.</summary>
    public const int MaxLength = 8;

    /// <summary>Most signatures that are verified for one path: with names and keys that many certificates share, the ways grow as a power of their length.</summary>
    internal const int MaxSignatures = 256;

    /// <summary>Checks the path of a certificate. Of several issuers of one name each is tried, such as a CA's expired certificate and the renewed one.</summary>
    /// <param name="leaf">The certificate.</param>
    /// <param name="trusted">The operator's store; each is an anchor, trusted as it is.</param>
    /// <param name="intermediates">Further certificates that may stand in between; trusted for nothing.</param>
    /// <param name="at">Time of the check.</param>
    /// <returns>Good when one way leads to an anchor, else what is wrong with the first way.</returns>
    public static EndorsementResult Verify(Certificate leaf, IReadOnlyCollection<Certificate> trusted, IReadOnlyCollection<Certificate> intermediates, DateTimeOffset at) =>
        new Search(trusted, intermediates, at).From(leaf, below: 0);

    /// <summary>A search in depth, anchors first.</summary>
    private sealed class Search(IReadOnlyCollection<Certificate> trusted, IReadOnlyCollection<Certificate> intermediates, DateTimeOffset at)
    {
        private int _signatures;

        /// <summary>From a certificate with <paramref name="below"/> others between it and the leaf, the leaf included.</summary>
        public EndorsementResult From(Certificate current, int below)
        {
            if (current.NotBefore > at || at > current.NotAfter) return Fail(EndorsementFault.NotValidNow, current);
            if (below == MaxLength - 1) return Fail(EndorsementFault.ChainTooLong, current);
            EndorsementResult? first = null;
            var isNamed = false;
            foreach (var (issuer, isAnchor) in trusted.Select(anchor => (anchor, true)).Concat(intermediates.Select(intermediate => (intermediate, false))))
            {
                if (!current.X509.IssuerName.RawData.AsSpan().SequenceEqual(issuer.X509.SubjectName.RawData)) continue;
                isNamed = true;
                if (_signatures++ >= MaxSignatures) return first ?? Fail(EndorsementFault.ChainTooLong, current);
                if (!current.IsSignedBy(issuer)) continue;
                var result = AllowsBelow(issuer, isAnchor, below) is var fault and not EndorsementFault.None ? Fail(fault, issuer)
                    : isAnchor ? new(EndorsementFault.None, "")
                    : From(issuer, below + 1);
                if (result.IsGood) return result;
                first ??= result;
            }
            return first ?? Fail(isNamed ? EndorsementFault.BadSignature : EndorsementFault.IssuerUnknown, current);
        }
    }

    /// <summary>Whether the issuer may sign certificates with <paramref name="below"/> further CAs under it.</summary>
    private static EndorsementFault AllowsBelow(Certificate issuer, bool isAnchor, int below)
    {
        // Certificates before version 3 have no extensions to say so with. As anchors they are the operator's choice; in between they are anybody's whom a CA gave one (RFC 5280, 6.1.4 (k)).
        var mayBeAuthority = issuer.IsAuthority ?? (isAnchor && issuer.X509.Version < 3);
        if (!mayBeAuthority || issuer.KeyUsages is { } usages && (usages & X509KeyUsageFlags.KeyCertSign) == 0) return EndorsementFault.WrongUsage;
        return below > issuer.PathLength ? EndorsementFault.ChainTooLong : EndorsementFault.None;
    }

    private static EndorsementResult Fail(EndorsementFault fault, Certificate certificate) =>
        new(fault, certificate.X509.Subject.Length > 0 ? certificate.X509.Subject : $"issued by {certificate.X509.Issuer}");
}
