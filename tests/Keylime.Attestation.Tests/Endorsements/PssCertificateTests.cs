using Keylime.Attestation.Endorsements;

namespace Keylime.Attestation.Tests.Endorsements;

/// <summary>Certificates that OpenSSL made, as some makers do: <c>openssl x509 -req -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:N</c>.</summary>
public sealed class PssCertificateTests
{
    private const string Root =
        "MIIDBzCCAe+gAwIBAgIUU3G67RDcIk5SPNXRuCWDD7+hUeYwDQYJKoZIhvcNAQELBQAwEjEQMA4GA1UEAwwHUHNzUm9vdDAgFw0yNjExMjcwOTI3MzVaGA8yMTI2MTEwMzA5MjczNVowEjEQMA4GA1" +
        "UEAwwHUHNzUm9vdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAKvNBhp5MMV33NpD44qtaigGY+FB5iEogM7lCIiXDNcnjmMzyzZFjsIF6BMCQq3opRr+QjHYZmLoxk3JO4x6l5gAprpo" +
        "g7+QrkqhtnWVFVF3414PkLS1mhwYRtW8oMmZ48nUp3pMk+b84/kqNlzPX6WbB8XQIFqmouCzkqpXU5tB01lSUnmrDhiYLXg0wS7SOPksUXHfWXBV76A9FSjKFnj1qaQU/VT+sNenDs9Lr3lqrlkkia" +
        "wyIHyAUu5JTYwHO+jSBvKl5v/qat7TGLTonHoGhdC83meM70jvZW4/uMmSTl9SEIy6XJhdV82PGD13SUksHPlwaxSvQSZwgwZSeO0CAwEAAaNTMFEwHQYDVR0OBBYEFJJU+bzJCpvV6TxgtSVrZDcc" +
        "wCtgMB8GA1UdIwQYMBaAFJJU+bzJCpvV6TxgtSVrZDccwCtgMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAIp3HIOv7VcBRGXZmlQ80eBPsWjqxGtLbZzeA5JeUpb+N8T35mX8W1" +
        "cIu9BeLa3k8FrCIIv9aUMuPoN7zEwD+1wC6YNu6CDetCpkBzh9LFL9pyrG8gS9nFZtxdzAgsOSo9n4hrRPfuzxqCfDwjLRCPcIpKets9v/Au5ORRu9BEy93OpDXQKcp/KbJcXixC5Dhgq6gO6OxBPr" +
        "nDiOeFqZD2nk6eKx88W7SDZKjLunmJFrXSBZ+NGSQ6pkKK3L1oqe4Me4yE1m0UcvEgW3z4X0A6hvp+lKyeO4Obxzpxys5+pr/9zQ0YXaGrrvnS8sdnhqx8AxTzCSc4eETNabgAdcIrU=";

    private const string NoSalt =
        "MIICNjCB6wIBBzBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogMCAQAwEjEQMA4GA1UEAwwHUHNzUm9vdDAgFw0yNjExMjcwOTI3Mz" +
        "VaGA8yMTI2MTEwMzA5MjczNVowEjEQMA4GA1UEAwwHUHNzTGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFSphcyCNBlBHjA+pPcgJL3lUDEYLM3gC4mPncbCfnk2l4tLl0lkD8T+T3f8A3VI" +
        "ryl/jzvqeOY/PTCPNJOzIUMwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEAA4IBAQB5QpGKiT7JAGtxkHZfn8JCg2w6HsoLQ8" +
        "xQzLpjnku2mv+bEAtyxuFD81HSo21R3vJxAXlGA3abvFSrQ1NlfLS1MgddiPfkQe/DncO/ExHaKIYy/Y3wYmyp0yWS8L2bLSjxZD2sh/DRh6ToyxRPQQrbooFmDOf0oZXwIvIl0HpuiqSyAIICvhUW" +
        "DUjnAZ/fjtJcnHxNTyozWn7NUGw0seG3p/ISJ5q/qOtA/j5kwz5I90S9WcDg8xRLkSt/ReCb0iXprwDB8EC1B5WZT81RsJq+4N6bCD4D0J+rre568G+BFjjn+OMi2bIvdMapu1h4mIYQW5uV0N1nOD" +
        "pG2l4cMqpp";

    private const string HashSalt =
        "MIICNjCB6wIBBzBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogMCASAwEjEQMA4GA1UEAwwHUHNzUm9vdDAgFw0yNjExMjcwOTI3Mz" +
        "ZaGA8yMTI2MTEwMzA5MjczNlowEjEQMA4GA1UEAwwHUHNzTGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFSphcyCNBlBHjA+pPcgJL3lUDEYLM3gC4mPncbCfnk2l4tLl0lkD8T+T3f8A3VI" +
        "ryl/jzvqeOY/PTCPNJOzIUMwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEgA4IBAQA8M1+gmm2vsme2XK1FhsbR+6NcU7zmMi" +
        "NZ61iAFZomTMhNWEwt0niACdbICaR0zv1OxY42xzgH1JNtFWkEuZDFgEXWdnSCW33qM/qxWOK2+dwZrOpluuUcV2Uk9tUPGdZufO49HR67Fqx0s2whWnjujoDrja9+/vM83dhjR8t+6mdChSbgOoUE" +
        "36Q9LGM32X0urC2zM4Sd0TKcyHsM3O0qfrTMMksAY4hSO4zQpii+1y/KGMfoYDyB3b5I5ANCHE7IJPdTXRWH+SMZJ5EM++vd78NY2E99qyC/KuF7ClQY+Aq3cPyttgpUNVDON0XnHLWgg8i4jcJiYQ" +
        "4x9l6ev41D";

    private const string LongestSalt =
        "MIICODCB7AIBBzBCBgkqhkiG9w0BAQowNaAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogQCAgDeMBIxEDAOBgNVBAMMB1Bzc1Jvb3QwIBcNMjYxMTI3MDkyNz" +
        "M2WhgPMjEyNjExMDMwOTI3MzZaMBIxEDAOBgNVBAMMB1Bzc0xlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARUqYXMgjQZQR4wPqT3ICS95VAxGCzN4AuJj53Gwn55NpeLS5dJZA/E/k93/AN1" +
        "SK8pf4876njmPz0wjzSTsyFDMEIGCSqGSIb3DQEBCjA1oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIBBQCiBAICAN4DggEBACHI1Vf41FODg3StPvyITZMO0cC1c1" +
        "icap1Nxb0WXGR5FvjR1SJUnJRBujWB+0DrIal3TDa4uNp9mtYCltg/j9TZhjh8hi/HnodlDPkBBrqIrv42PfNyBBh/bBN3sUCNbLXODj5J00jXFX/r3pwLCgKtAY33I8ENNRIcn1HE4/YVwE4jTlqQ" +
        "Ea7WlBtFX2/WcQ8fYJ8mDKk6S8nVo5TliLpyQxt2YgF+0L0DHnqQ+EanUOLqpYvMRiUMnldQeT8zPPEch5qma8mVVQHrHM4gJcpGDYNGBC/2AOzmsee7ve5pl1V5z23d6Ymmmohi6G3NR+3OFcVEzc" +
        "7X5W6ZvVOxFUo=";

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(NoSalt)]
    [InlineData(HashSalt)]
    [InlineData(LongestSalt)]
    public void Takes_a_salt_of_any_length(string certificate) => Assert.True(CertificateChain.Verify(Read(certificate), [Read(Root)], [], Now).IsGood);

    [Fact]
    public void Refuses_a_signature_with_a_flipped_bit()
    {
        var der = Convert.FromBase64String(LongestSalt);
        der[^1] ^= 1;
        Assert.Equal(EndorsementFault.BadSignature, CertificateChain.Verify(Read(Convert.ToBase64String(der)), [Read(Root)], [], Now).Fault);
    }

    private static Certificate Read(string base64) => Certificate.TryParseText(base64, out var certificate) ? certificate : throw new InvalidDataException();
}
