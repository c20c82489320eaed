using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>How services know the gateway, whose word on the client's certificate they take: by a URI in its certificate.</summary>
public static class GatewayIdentity
{
    public const string Uri = "urn:keylime:gateway";

    // RFC 5280, section 4.2.1.6: GeneralName ::= CHOICE { ... uniformResourceIdentifier [6] IA5String ... }
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>Whether a certificate names the gateway. Its chain must have been verified before this counts.</summary>
    public static bool IsGateway(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions)
            if (extension.Oid?.Value == SubjectAlternativeName && NamesGateway(extension.RawData)) return true;
        return false;
    }

    private static bool NamesGateway(ReadOnlyMemory<byte> names)
    {
        try
        {
            var list = new AsnReader(names, AsnEncodingRules.DER).ReadSequence();
            while (list.HasData)
                if (!list.PeekTag().HasSameClassAndValue(UriTag)) list.ReadEncodedValue();
                else if (list.ReadCharacterString(UniversalTagNumber.IA5String, UriTag) == Uri) return true;
            return false;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
