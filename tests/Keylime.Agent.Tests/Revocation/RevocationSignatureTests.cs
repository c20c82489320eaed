using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Agent.Revocation;

namespace Keylime.Agent.Tests.Revocation;

/// <summary>Signatures that OpenSSL made: `openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:N -sign`.</summary>
public sealed class RevocationSignatureTests
{
    private const string Message = """{"type":"revocation","agent_id":"d432fbb3"}""";

    private const string LongestSalt =
        "jlkZIQEasB/ZeS8uNUMT4Ij6Wbu/KGRJoLfP+NyoYuqLlQIaz7CIVpEKNFHTLX319CE+vxQPW0sYVLYrTYdYxmybRBjKrZJ25g5kAZ3A04vfqf/G6gCljbzngO4C+XmKvLX4UtqiI5F2iriC5qWR5kUp6p00E+rVEomb131XUUFsdSWA9Y8ktj0POX2uD6HK/8qwuOEcuhvPXioY1nOhf1UjcZo/vbxME39FGNvc1FiJmxNbcHdqxMoNsbzMptERkS4qw1recP2E1F0Lmyuy9oEZVg8CwvpY3LKS4nGbCym1c+4Es2oc7CwU2TFFPYe6N9DCtn1FLQPS/H24Qhuqow==";

    private const string HashSalt =
        "dAhapcjEWS1i45cHriBpiZlm/ZWDQjsaCYaX5XPquesVxPBZ9YgIKnvoYutZ49EVjlqf3BM6Y5cU+pc+GiGmgdfdoglR57pJHY9ZwtJD3y0qX5QqXKeh+S2o/qz9i4QWiNV2k2HPdSSfVBg5ozhcOM4NJQJoiVLkT4Ye5DNP7QA4B9ra0SXk2fMKjsCeNg6Ef0i3w23CM2n0ssfh0TAbpGIjXQ8zG4TsMnZXCSB9ArmZXjT76hGApU9EFsdphat9VxY1xLfRWUCZp8bMkyK3vFpehwlKU1RUKqaMvp6A873dyf/RUmBAz4/yF5ebnM8hV2i0YnG1LdWL+8Lq6MeLhw==";

    private const string NoSalt =
        "IuRa8LeUm7SnSi4ezKl1fi0766WgUN4eChtLZJNJe0lVT8oZ+cM8hh2mIcuQLGAtqQOZSJ24RUpyL5DKF6HYYfw8chVS3kfLFDuMV4tCgWQz+qdX/2BfKuUUcu9mpeB8N6LIC3Ow4D4AjxOwOpm2C1cofwjVI7LdIK82VwnW4Y3RZ26Q/zA/jRgi7jCa6MVul2xNpJYJVck1X+liX4ozzV4CPTjJDgNbyr9y+abWY9RlciXViYjTPzPfw7JFqGOzEplzkiafw8MFuwpALTg1IxUVhAvSBmK2C0ks4jPu+oj9do27Yj2Q7tBp4007kZXkDXONMx5mku8YDpCmRDFrMg==";

    private const string Pkcs1 =
        "CeOCy52JXoD/HmoANTOSJwfilAFLYkH866nvx0d55vx9IKCnpsi4biZzQ9KQfVdVOIZ1IrKLemtODPCttu4ANLUz6LeucmlSfr5jAYIV3SqJDyWjYldVQRhR4igpjj/lcweSixrXF7/q13PKf1h1011nzZPFq5tY5Q0Dvl2uK3yf3ZVX1eFB82ZcZusT9VEoKHtesCK2P150dg3+Y/ss/AENwZfP/jOwsi0IW0fXscfmv6JaGEuQNanl943bztW0RJh2+2NudXwocHcfCitnMvSz0yU+NQE3dzj/mbueoc/UK7m6BadudYv3RvYsi58SDz9Bu+8DYHPgY5JmTbcU0Q==";

    private const string Certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDDDCCAfSgAwIBAgITIYyUrDGx8mEVvtbzlZ4EMRDwvTANBgkqhkiG9w0BAQsF
        ADAVMRMwEQYDVQQDDApyZXZvY2F0aW9uMCAXDTI2MTEyMjA2Mzk0MloYDzIxMjYx
        MDI5MDYzOTQyWjAVMRMwEQYDVQQDDApyZXZvY2F0aW9uMIIBIjANBgkqhkiG9w0B
        AQEFAAOCAQ8AMIIBCgKCAQEAoLJQcsA82iTLijEYwHln5p/MHn04yEzNLQ6Jw5SE
        pCQs4yq9mk86O/qd0JwKsLt+4Ss4UMA+PYX4MnXWI2WySZP6WzunaXqrjmhXpFCV
        eaVhyimei7lFbEEiEdqzTTfT8Dpzi5RYFISw10CUW7y1XmKXvevIEDOTPc2+MeTS
        +8qNXbul/0VuuJZZpNmAH5Tx3qziDLjWQFYESzTqAPCvw40Dj+tOeTzjY+BnQCUX
        Bb+J+7UXrMdBocgb3YokQFIRjSefZHcCjHCv7YRV+a4ggM0f6dIyXOFmPxAcz1rK
        e9Q+BvOUl5pxbzG9od15B0DKU8NqQuk0HxIx1pHxiL073QIDAQABo1MwUTAdBgNV
        HQ4EFgQUyyUKkTnc6umR+JDGA1kk8lFHMWYwHwYDVR0jBBgwFoAUyyUKkTnc6umR
        +JDGA1kk8lFHMWYwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEA
        exKcbKqdbDbd82I5Gz3KrK8dAYKVo3LCswHUsY2Hd8kHSmvPIcNA7NAsEB7MouEe
        BoiK7vqx0ZxW2hmLz65XMytv5hy9XsHD5F3e7g9mr8osDD5FBGQZD2B0ed5OFMNh
        7KBlbMzGs1xc+pXxzqKAmzDHUf2va10hn8Laq+zy/Q2Ub1+l9p3o5xP5cCFpiG+s
        sgGWjbbFlf5CXZbJVwadPiFSHPyB3L4rmy7kFiq5tqufwxosee/M7XM0HbMK9tHD
        bgZL3O9YAkWeQ184YLnWl03vNQCoRUPSBWpNvhwzk79iFLtLMCTooPk+cCIHf9yE
        IMvywKj3wRzdgNx4eqsQSg==
        -----END CERTIFICATE-----
        """;

    private static readonly X509Certificate2 s_signer = X509Certificate2.CreateFromPem(Certificate);

    [Theory]
    [InlineData(LongestSalt)]
    [InlineData(HashSalt)]
    [InlineData(NoSalt)]
    public void Takes_a_salt_of_any_length(string signature) => Assert.True(RevocationSignature.Verify(s_signer, Message, signature));

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAAA")]
    [InlineData(Pkcs1)]
    public void Refuses_what_is_no_such_signature(string signature) => Assert.False(RevocationSignature.Verify(s_signer, Message, signature));

    [Fact]
    public void Refuses_another_message() => Assert.False(RevocationSignature.Verify(s_signer, Message + " ", LongestSalt));

    [Fact]
    public void Refuses_every_changed_byte_and_every_length()
    {
        var signature = Convert.FromBase64String(LongestSalt);
        for (var i = 0; i < signature.Length; i++)
        {
            var changed = signature.ToArray();
            changed[i] ^= 1;
            Assert.False(RevocationSignature.Verify(s_signer, Message, Convert.ToBase64String(changed)));
        }
        Assert.False(RevocationSignature.Verify(s_signer, Message, Convert.ToBase64String([0, .. signature])));
        Assert.False(RevocationSignature.Verify(s_signer, Message, Convert.ToBase64String(signature[1..])));
        // At least the modulus: no number that it is the residue of counts.
        Assert.False(RevocationSignature.Verify(s_signer, Message, Convert.ToBase64String([.. Enumerable.Repeat((byte)0xFF, signature.Length)])));
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(2056)]
    [InlineData(3072)]
    public void Agrees_with_the_platform_on_keys_of_any_length(int bits)
    {
        using var key = RSA.Create(bits);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var signature = key.SignData("message"u8.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        Assert.True(RevocationSignature.Verify(certificate, "message", Convert.ToBase64String(signature)));
        Assert.False(RevocationSignature.Verify(certificate, "massage", Convert.ToBase64String(signature)));
    }

    [Fact]
    public void A_certificate_with_a_malformed_RSA_key_signs_nothing()
    {
        using var key = RSA.Create(2048);
        var issuer = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1);
        var malformed = new PublicKey(issuer.PublicKey.Oid, issuer.PublicKey.EncodedParameters, new AsnEncodedData([0x30, 0x03, 0x02, 0x01, 0x05]));
        using var certificate = new CertificateRequest(new("CN=x"), malformed, HashAlgorithmName.SHA256)
            .Create(new("CN=x"), issuer, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), [1]);
        Assert.False(RevocationSignature.Verify(certificate, Message, LongestSalt));
    }

    [Fact]
    public void A_certificate_without_an_RSA_key_signs_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Assert.False(RevocationSignature.Verify(certificate, Message, LongestSalt));
    }
}
