namespace Keylime.Tpm;

/// <summary>TPM_ALG_ID: the algorithms that endorsement and attestation keys use.</summary>
/// <remarks>TPM 2.0 Part 2, TPM_ALG_ID (6.3). Values outside the list may be read from the wire and are refused where they
/// matter.</remarks>
public enum TpmAlgorithm : ushort
{
    /// <summary>No value was read; not a TPM identifier in use.</summary>
    None = 0,
    /// <summary>RSA key.</summary>
    Rsa = 0x0001,
    /// <summary>SHA-1: old PCR banks and IMA lists.</summary>
    Sha1 = 0x0004,
    /// <summary>AES.</summary>
    Aes = 0x0006,
    /// <summary>SHA-256.</summary>
    Sha256 = 0x000B,
    /// <summary>SHA-384.</summary>
    Sha384 = 0x000C,
    /// <summary>SHA-512.</summary>
    Sha512 = 0x000D,
    /// <summary>Deliberately nothing: no scheme, no symmetric cipher, no hash.</summary>
    Null = 0x0010,
    /// <summary>SM3-256.</summary>
    Sm3 = 0x0012,
    /// <summary>SM4.</summary>
    Sm4 = 0x0013,
    /// <summary>RSASSA-PKCS1-v1_5 signature.</summary>
    RsaSsa = 0x0014,
    /// <summary>RSAES-PKCS1-v1_5 encryption.</summary>
    RsaEs = 0x0015,
    /// <summary>RSASSA-PSS signature.</summary>
    RsaPss = 0x0016,
    /// <summary>RSAES-OAEP encryption.</summary>
    Oaep = 0x0017,
    /// <summary>ECDSA signature.</summary>
    Ecdsa = 0x0018,
    /// <summary>Elliptic-curve Diffie-Hellman.</summary>
    Ecdh = 0x0019,
    /// <summary>Elliptic-curve key.</summary>
    Ecc = 0x0023,
    /// <summary>Camellia.</summary>
    Camellia = 0x0026,
    /// <summary>Cipher feedback mode with full-block feedback.</summary>
    Cfb = 0x0043,
}
